"""Runs, steps, events and log lines in SQLite."""

# ruff: noqa: S608 - only fixed text of this module is ever put into a statement

from collections.abc import Iterator, Sequence

from weft.adapters.cursors import cursor_of, read_cursor
from weft.adapters.embedded.database import Database
from weft.adapters.embedded.run_rows import (
    RUN_COLUMNS,
    events_in,
    events_text,
    logs_in,
    logs_text,
    progress_of,
    run_of,
    steps_in,
    steps_text,
    trigger_body,
)
from weft.domain.errors import NotFound
from weft.domain.page import Page, PageRequest
from weft.domain.run import LogLine, Run, RunStatus, Step
from weft.domain.run_event import RunEvent
from weft.ports.runs import RunCount, RunFilter

# Said in full, so that SQLite knows that the index of the open ones holds all that is wanted; with
# the + before `rowid` it sorts those few instead of reading the whole table in order.
_OPEN = "status IN ('pending', 'running', 'waiting', 'paused')"


class SqliteRuns:
    """See `weft.ports.runs`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, run: Run) -> None:
        marks = ", ".join("?" * 11)
        self._db.run(
            f"INSERT INTO runs ({RUN_COLUMNS}) VALUES ({marks})",
            (
                run.tenant_id,
                run.run_id,
                run.workflow_id,
                run.version,
                run.status.value,
                run.triggered_by,
                run.created_at,
                trigger_body(run.trigger),
                progress_of(run),
                run.execution_id,
                run.cancel_reason,
            ),
        )

    def get(self, tenant_id: str, run_id: str) -> Run:
        row = self._db.row(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE tenant_id = ? AND run_id = ?",
            (tenant_id, run_id),
        )
        if row is None:
            raise NotFound(f"there is no run {run_id}")
        return run_of(row)

    def find(self, run_id: str) -> Run | None:
        row = self._db.row(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE run_id = ?",
            (run_id,),
        )
        return None if row is None else run_of(row)

    def change(self, run: Run, expected: RunStatus) -> bool:
        changed = self._db.run(
            "UPDATE runs SET status = ?, progress = ? "
            "WHERE tenant_id = ? AND run_id = ? AND status = ?",
            (run.status.value, progress_of(run), run.tenant_id, run.run_id, expected.value),
        )
        return changed == 1

    def set_execution(self, tenant_id: str, run_id: str, execution_id: str) -> str | None:
        row = self._db.row(
            "UPDATE runs SET execution_id = ? WHERE tenant_id = ? AND run_id = ? "
            "RETURNING cancel_reason",
            (execution_id, tenant_id, run_id),
        )
        return None if row is None else row[0]

    def request_cancel(self, tenant_id: str, run_id: str, reason: str) -> None:
        self._db.run(
            "UPDATE runs SET cancel_reason = ? WHERE tenant_id = ? AND run_id = ?",
            (reason, tenant_id, run_id),
        )

    def list(self, tenant_id: str, page: PageRequest, filter: RunFilter) -> Page[Run]:
        where = ["tenant_id = ?"]
        values: list[object] = [tenant_id]
        if filter.workflow_id is not None:
            where.append("workflow_id = ?")
            values.append(filter.workflow_id)
        if filter.statuses:
            where.append(f"status IN ({', '.join('?' * len(filter.statuses))})")
            values.extend(status.value for status in filter.statuses)
        if filter.triggered_by is not None:
            where.append("triggered_by = ?")
            values.append(filter.triggered_by)
        if filter.created_after is not None:
            where.append("created_at >= ?")
            values.append(filter.created_after)
        if filter.created_before is not None:
            where.append("created_at < ?")
            values.append(filter.created_before)
        if page.cursor is not None:
            where.append("(created_at, run_id) < (?, ?)")
            values.extend(read_cursor(page.cursor))
        rows = self._db.rows(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE {' AND '.join(where)} "
            "ORDER BY created_at DESC, run_id DESC LIMIT ?",
            (*values, page.size + 1),
        )
        items = tuple(run_of(row) for row in rows[: page.size])
        last = items[-1] if len(rows) > page.size else None
        return Page(items, cursor_of(last.created_at, last.run_id) if last else None)

    def count(self, tenant_id: str, workflow_id: str) -> RunCount:
        rows = self._db.rows(
            "SELECT status, count(*) FROM runs WHERE tenant_id = ? AND workflow_id = ? "
            f"AND status IN ('running', 'pending') AND {_OPEN} GROUP BY status",
            (tenant_id, workflow_id),
        )
        found: dict[str, int] = dict(rows)
        return RunCount(found.get("running", 0), found.get("pending", 0))

    def oldest_pending(self, tenant_id: str, workflow_id: str, limit: int) -> Sequence[Run]:
        rows = self._db.rows(
            f"SELECT {RUN_COLUMNS} FROM runs WHERE tenant_id = ? AND workflow_id = ? "
            f"AND status = 'pending' AND {_OPEN} ORDER BY rowid LIMIT ?",
            (tenant_id, workflow_id, limit),
        )
        return [run_of(row) for row in rows]

    def list_open(self) -> Sequence[Run]:
        rows = self._db.rows(f"SELECT {RUN_COLUMNS} FROM runs WHERE {_OPEN} ORDER BY +rowid")
        return [run_of(row) for row in rows]

    def save_progress(
        self, run: Run, steps: Sequence[Step], events: Sequence[RunEvent], logs: Sequence[LogLine]
    ) -> None:
        owner = (run.tenant_id, run.run_id)
        with self._db.transaction():
            self._db.run(
                "UPDATE runs SET status = ?, progress = ? WHERE tenant_id = ? AND run_id = ?",
                (run.status.value, progress_of(run), *owner),
            )
            if steps or events or logs:
                last = max(events[-1].seq if events else 0, logs[-1].seq if logs else 0)
                self._db.run(
                    "INSERT INTO run_progress VALUES (?, ?, ?, ?, ?, ?)",
                    (*owner, last, steps_text(steps), logs_text(logs), events_text(events)),
                )

    def list_steps(self, tenant_id: str, run_id: str) -> Sequence[Step]:
        rows = self._db.rows(
            "SELECT steps FROM run_progress WHERE tenant_id = ? AND run_id = ? ORDER BY rowid",
            (tenant_id, run_id),
        )
        # What was stored later of a step stands in place of what was known before.
        found = {
            (step.node_id, step.path): step
            for (text,) in rows
            for step in steps_in(text, tenant_id, run_id)
        }
        return sorted(found.values(), key=lambda step: step.order)

    def list_events(
        self, tenant_id: str, run_id: str, after: int, limit: int
    ) -> Sequence[RunEvent]:
        found: list[RunEvent] = []
        for text in self._progress("events", tenant_id, run_id, after, limit):
            for event in events_in(text, tenant_id, run_id):
                if event.seq > after:  # what was stored twice is told once
                    found.append(event)
                    after = event.seq
            if len(found) >= limit:
                break
        return found[:limit]

    def list_logs(self, tenant_id: str, run_id: str, page: PageRequest) -> Page[LogLine]:
        after = read_cursor(page.cursor)[0] if page.cursor is not None else 0
        found: list[LogLine] = []
        for text in self._progress("logs", tenant_id, run_id, after):
            for line in logs_in(text, tenant_id, run_id):
                if line.seq > after:
                    found.append(line)
                    after = line.seq
            if len(found) > page.size:
                break
        items = tuple(found[: page.size])
        more = len(found) > page.size
        return Page(items, cursor_of(items[-1].seq, "") if more else None)

    def _progress(
        self, what: str, tenant_id: str, run_id: str, after: int, limit: int = -1
    ) -> Iterator[bytes]:
        """Column `what` of all that was stored of a run with events or lines over `after`."""
        rows = self._db.rows(
            f"SELECT {what} FROM run_progress WHERE tenant_id = ? AND run_id = ? AND last_seq > ? "
            "ORDER BY last_seq, rowid LIMIT ?",
            (tenant_id, run_id, after, limit),
        )
        return (text for (text,) in rows)
