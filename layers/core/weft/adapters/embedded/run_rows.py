"""Rows to runs, steps, events and log lines, and back: plain tuples, because this is a hot path."""

from typing import Final

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


def step_body(s: Step) -> bytes:
    """All of a step that is no column, as JSON."""
    return pack(
        [
            s.input,
            s.output,
            s.error,
            s.attempts,
            s.input_tokens,
            s.output_tokens,
            s.cost,
            s.started_at,
            s.completed_at,
        ]
    )


def step_of(row: Row) -> Step:
    """A step from a whole row."""
    tenant_id, run_id, node_id, path, order, status, body = row
    return Step(tenant_id, run_id, node_id, path, order, StepStatus(status), *unpack(body))


def event_of(row: Row) -> RunEvent:
    """An event from a whole row."""
    tenant_id, run_id, seq, type, time, node_id, path, data = row
    return RunEvent(tenant_id, run_id, seq, EventType(type), time, node_id, path, unpack(data))


def log_of(row: Row) -> LogLine:
    """A log line from a whole row."""
    tenant_id, run_id, seq, node_id, path, level, message, time, data = row
    return LogLine(tenant_id, run_id, seq, node_id, path, level, message, time, unpack(data))
