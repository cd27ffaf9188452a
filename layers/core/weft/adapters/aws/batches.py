"""What a projection found, in batches: one item per kind and time of saving.

An item of a handful of small rows costs what one of them would, and a transaction takes a whole
projection, however many rows it has. A later batch may repeat what is in an earlier one.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from weft.adapters.aws.keys import key, run
from weft.adapters.aws.records import record
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.run import LogLine, Step, StepStatus
from weft.domain.run_event import EventType, RunEvent

_OWNER = ("tenant_id", "run_id")


class Batches:
    """Of one run. Rows with numbers (events, log lines) never change; a step moves on."""

    def __init__(self, table: Table, tenant_id: str, run_id: str) -> None:
        self._table = table
        self._owner = (tenant_id, run_id)
        self._pk = run(tenant_id, run_id)

    def append_numbered(self, unit: Unit, kind: str, rows: Sequence[RunEvent | LogLine]) -> None:
        """By the last number and the first: the same batch again is the same item."""
        if rows:
            numbers = [row.seq for row in rows]
            at = (self._pk, key(kind, max(numbers), min(numbers)))
            unit.append(Entry(at, [record(row, _OWNER) for row in rows]))

    def append_steps(self, unit: Unit, steps: Sequence[Step]) -> None:
        """Later batches hold later states."""
        if steps:
            at = (self._pk, key("S", self._table.arrival()))
            unit.append(Entry(at, [record(step, _OWNER) for step in steps]))

    def steps(self) -> list[Step]:
        """The newest state of each, in the order they started."""
        newest = {}
        for _, rows in self._table.under(self._pk, "S#"):
            newest.update({(row["node_id"], row["path"]): row for row in rows})
        found = [Step(*self._owner, **_of(row, StepStatus, "status")) for row in newest.values()]
        return sorted(found, key=lambda step: step.order)

    def events(self, after: int) -> Iterator[RunEvent]:
        """In order, those with a greater number."""
        for row in self._numbered("E", after):
            yield RunEvent(*self._owner, **_of(row, EventType, "type"))

    def log_lines(self, after: int) -> Iterator[LogLine]:
        """In order, those with a greater number."""
        for row in self._numbered("L", after):
            yield LogLine(*self._owner, **row)

    def _numbered(self, kind: str, after: int) -> Iterator[Any]:
        for _, rows in self._table.under(self._pk, key(kind, ""), key(kind, after + 1)):
            for row in sorted(rows, key=lambda row: row["seq"]):
                if row["seq"] > after:  # else a batch before had it
                    after = row["seq"]
                    yield row


def _of(row: dict[str, Any], kind: type, name: str) -> dict[str, Any]:
    return {**row, name: kind(row[name])}
