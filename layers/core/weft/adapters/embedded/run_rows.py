"""Rows to runs, steps, events and log lines, and back: plain tuples, because this is a hot path."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from weft.adapters.embedded.database import Row
from weft.adapters.json_columns import pack, unpack
from weft.domain.run import LogLine, Run, RunError, RunStatus, Step, StepStatus, Totals, Trigger
from weft.domain.run_event import EventType, RunEvent

RUN_COLUMNS: Final = (
    "tenant_id, run_id, workflow_id, version, status, triggered_by, created_at, trigger, "
    "progress, execution_id, cancel_reason"
)


def trigger_body(trigger: Trigger) -> bytes:
    """The envelope as JSON."""
    return pack(
        [
            trigger.type,
            trigger.data,
            trigger.node,
            trigger.headers,
            trigger.query,
            trigger.method,
            trigger.timestamp,
        ]
    )


def progress_of(run: Run) -> bytes:
    """What a projection changes of a run, as JSON."""
    error = run.error
    totals = run.totals
    return pack(
        [
            run.output,
            run.response,
            None if error is None else [error.type, error.message, error.node],
            run.started_at,
            run.finished_at,
            run.active_ms,
            run.active_since,
            run.last_seq,
            [totals.input_tokens, totals.output_tokens, totals.cost],
        ]
    )


def run_of(row: Row) -> Run:
    """A run from a row of `RUN_COLUMNS`."""
    output, response, error, started, finished, active_ms, since, seq, totals = unpack(row[8])
    return Run(
        tenant_id=row[0],
        run_id=row[1],
        workflow_id=row[2],
        version=row[3],
        status=RunStatus(row[4]),
        trigger=Trigger(*unpack(row[7])),
        triggered_by=row[5],
        created_at=row[6],
        output=output,
        response=response,
        error=None if error is None else RunError(*error),
        execution_id=row[9],
        started_at=started,
        finished_at=finished,
        active_ms=active_ms,
        active_since=since,
        last_seq=seq,
        totals=Totals(*totals),
        cancel_reason=row[10],
    )


def steps_text(steps: Sequence[Step]) -> bytes:
    """Steps as JSON, without whose they are; nothing of none."""
    return _listed(
        [
            (
                s.node_id,
                s.path,
                s.order,
                s.status,
                (
                    s.input,
                    s.output,
                    s.error,
                    s.attempts,
                    s.input_tokens,
                    s.output_tokens,
                    s.cost,
                    s.started_at,
                    s.completed_at,
                ),
            )
            for s in steps
        ]
    )


def steps_in(text: bytes, tenant_id: str, run_id: str) -> Iterator[Step]:
    """What `steps_text` was given."""
    for node_id, path, order, status, body in unpack(text) if text else ():
        yield Step(tenant_id, run_id, node_id, path, order, StepStatus(status), *(body or ()))


def events_text(events: Sequence[RunEvent]) -> bytes:
    """Events as JSON, without whose they are; nothing of none."""
    return _listed([(e.seq, e.type, e.time, e.node_id, e.path, e.data) for e in events])


def events_in(text: bytes, tenant_id: str, run_id: str) -> Iterator[RunEvent]:
    """What `events_text` was given."""
    for seq, type, time, node_id, path, data in unpack(text) if text else ():
        yield RunEvent(tenant_id, run_id, seq, EventType(type), time, node_id, path, data or {})


def logs_text(lines: Sequence[LogLine]) -> bytes:
    """Log lines as JSON, without whose they are; nothing of none."""
    return _listed([(x.seq, x.node_id, x.path, x.level, x.message, x.time, x.data) for x in lines])


def logs_in(text: bytes, tenant_id: str, run_id: str) -> Iterator[LogLine]:
    """What `logs_text` was given."""
    for seq, node_id, path, level, message, time, data in unpack(text) if text else ():
        yield LogLine(tenant_id, run_id, seq, node_id, path, level, message, time, data or {})


def _listed(rows: list[Any]) -> bytes:
    return pack(rows) if rows else b""
