"""Runs in the table, each with what is open of it beside its workflow."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from weft.adapters.aws.batches import Batches
from weft.adapters.aws.keys import ONLY, Key, key, run, workflow
from weft.adapters.aws.listing import Listed, all_of, page_of, values_of
from weft.adapters.aws.records import record
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.adapters.cursors import cursor_of, read_cursor
from weft.domain.errors import Conflict, NotFound
from weft.domain.page import Page, PageRequest
from weft.domain.run import LogLine, Run, RunError, RunStatus, Step, Totals, Trigger
from weft.domain.run_event import RunEvent
from weft.ports.runs import RunCount, RunFilter

# Open runs of all tenants are in as many partitions of an index: see `docs/data-model.md`.
SHARDS: Final = 4


class DynamoRuns:
    """See `weft.ports.runs`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, run: Run) -> None:
        held = _Held(run, self._table.arrival())

        def added(unit: Unit) -> None:
            pointer = _pointer(run.run_id)
            if unit.get(pointer) is not None:
                raise Conflict(f"there is a run {run.run_id} already")
            unit.put(Entry(pointer, run.tenant_id))
            _put(unit, None, held)

        self._table.write(added)

    def get(self, tenant_id: str, run_id: str) -> Run:
        value = self._table.get(_at(tenant_id, run_id))
        if value is None:
            raise NotFound(f"there is no run {run_id}")
        return _read(value).run

    def find(self, run_id: str) -> Run | None:
        tenant_id = self._table.get(_pointer(run_id))
        value = None if tenant_id is None else self._table.get(_at(tenant_id, run_id))
        return None if value is None else _read(value).run

    def change(self, run: Run, expected: RunStatus) -> bool:
        def changed(unit: Unit) -> bool:
            held = _held(unit, run.tenant_id, run.run_id)
            if held is None or held.run.status is not expected:
                return False
            _put(unit, held, held.progressed(run))
            return True

        return self._table.write(changed)

    def set_execution(self, tenant_id: str, run_id: str, execution_id: str) -> str | None:
        noted = self._note(tenant_id, run_id, execution_id=execution_id)
        return None if noted is None else noted.cancel_reason

    def request_cancel(self, tenant_id: str, run_id: str, reason: str) -> None:
        self._note(tenant_id, run_id, cancel_reason=reason)

    def _note(self, tenant_id: str, run_id: str, **noted: str) -> Run | None:
        """The run with what is noted, if there is one."""

        def changed(unit: Unit) -> Run | None:
            held = _held(unit, tenant_id, run_id)
            if held is None:
                return None
            new = replace(held, run=replace(held.run, **noted))  # type: ignore[arg-type]
            _put(unit, held, new)
            return new.run

        return self._table.write(changed)

    def list(self, tenant_id: str, page: PageRequest, filter: RunFilter) -> Page[Run]:
        listed = Listed(
            *_list(tenant_id, filter.workflow_id),
            since=filter.created_after,
            until=filter.created_before,
            labels=tuple(status.value for status in filter.statuses),
        )

        def read(value: Any) -> Run | None:
            found = _read(value).run
            wanted = filter.triggered_by in (None, found.triggered_by)
            current = not filter.statuses or found.status in filter.statuses
            return found if wanted and current else None

        return page_of(self._table, listed, page, read, _place)

    def count(self, tenant_id: str, workflow_id: str) -> RunCount:
        def of(status: RunStatus) -> int:
            place = key("O", status.value, "")
            return self._table.count(workflow(tenant_id, workflow_id), place)

        return RunCount(of(RunStatus.RUNNING), of(RunStatus.PENDING))

    def oldest_pending(self, tenant_id: str, workflow_id: str, limit: int) -> Sequence[Run]:
        queue = self._table.under(workflow(tenant_id, workflow_id), key("O", "pending", ""))
        return [self.get(*owner) for _, owner in islice(queue, limit)]

    def list_open(self) -> Sequence[Run]:
        shards = (Listed("first", key("OPEN", shard)) for shard in range(SHARDS))
        owners = [owner for shard in shards for owner in all_of(self._table, shard)]
        values = values_of(self._table, {_at(*owner): None for owner in owners})
        found = sorted((_read(value) for value in values), key=lambda held: held.arrived)
        return [held.run for held in found if not held.run.status.ended]

    def save_progress(
        self, run: Run, steps: Sequence[Step], events: Sequence[RunEvent], logs: Sequence[LogLine]
    ) -> None:
        batches = Batches(self._table, run.tenant_id, run.run_id)

        def saved(unit: Unit) -> None:
            held = _held(unit, run.tenant_id, run.run_id)
            if held is None:
                return
            _put(unit, held, held.progressed(run))
            batches.append_steps(unit, steps)
            batches.append_numbered(unit, "E", events)
            batches.append_numbered(unit, "L", logs)

        self._table.write(saved)

    def list_steps(self, tenant_id: str, run_id: str) -> Sequence[Step]:
        return Batches(self._table, tenant_id, run_id).steps()

    def list_events(
        self, tenant_id: str, run_id: str, after: int, limit: int
    ) -> Sequence[RunEvent]:
        return list(islice(Batches(self._table, tenant_id, run_id).events(after), limit))

    def list_logs(self, tenant_id: str, run_id: str, page: PageRequest) -> Page[LogLine]:
        after = read_cursor(page.cursor)[0] if page.cursor is not None else 0
        lines = Batches(self._table, tenant_id, run_id).log_lines(after)
        found = tuple(islice(lines, page.size + 1))
        items, more = found[: page.size], len(found) > page.size
        return Page(items, cursor_of(items[-1].seq, "") if more else None)


@dataclass(frozen=True, slots=True)
class _Held:
    """A run with its place among those that came: nanoseconds, never the same twice."""

    run: Run
    arrived: int

    def progressed(self, run: Run) -> "_Held":
        """With what a projection may change of it."""
        ours = self.run
        kept = replace(
            run,
            workflow_id=ours.workflow_id,
            version=ours.version,
            trigger=ours.trigger,
            triggered_by=ours.triggered_by,
            created_at=ours.created_at,
            execution_id=ours.execution_id,
            cancel_reason=ours.cancel_reason,
        )
        return replace(self, run=kept)


def _held(unit: Unit, tenant_id: str, run_id: str) -> _Held | None:
    value = unit.get(_at(tenant_id, run_id))
    return None if value is None else _read(value)


def _put(unit: Unit, old: _Held | None, new: _Held) -> None:
    """The run, and where it is open the marker that admission counts and queues by."""
    found = new.run
    by_tenant, by_workflow = _list(found.tenant_id), _list(found.tenant_id, found.workflow_id)
    place = key(*_place(found))
    unit.put(
        Entry(
            _at(found.tenant_id, found.run_id),
            {**record(found), "arrived": new.arrived},
            first=(by_tenant[1], place),
            second=(by_workflow[1], place),
            label=found.status.value,
        )
    )
    before = None if old is None or old.run.status.ended else _marker(old)
    after = None if found.status.ended else _marker(new)
    if before == after:
        return
    if before is not None:
        unit.remove(before)
    if after is not None:
        open_runs = (key("OPEN", zlib.crc32(found.run_id.encode()) % SHARDS), key(new.arrived))
        unit.put(Entry(after, [found.tenant_id, found.run_id], first=open_runs))


def _at(tenant_id: str, run_id: str) -> Key:
    return run(tenant_id, run_id), "RUN"


def _pointer(run_id: str) -> Key:
    """Where a run is looked up by those who know no tenant; makes its id the only one."""
    return key("RUN", run_id), ONLY


def _marker(held: _Held) -> Key:
    found = held.run
    pk = workflow(found.tenant_id, found.workflow_id)
    return pk, key("O", found.status.value, held.arrived, found.run_id)


def _list(tenant_id: str, workflow_id: str | None = None) -> tuple[str, str]:
    """Index and partition of a tenant's runs, or a workflow's."""
    if workflow_id is None:
        return "first", key("T", tenant_id, "RUNS")
    return "second", key("T", tenant_id, "W", workflow_id, "RUNS")


def _place(found: Run) -> tuple[int, str]:
    return found.created_at, found.run_id


def _read(value: dict[str, Any]) -> _Held:
    held = {name: member for name, member in value.items() if name != "arrived"}
    held["status"] = RunStatus(held["status"])
    held["trigger"] = Trigger(**held["trigger"])
    held["totals"] = Totals(**held["totals"])
    if held["error"] is not None:
        held["error"] = RunError(**held["error"])
    return _Held(Run(**held), value["arrived"])
