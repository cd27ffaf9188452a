"""What callers get to see of runs, their steps, log lines and events."""

from typing import Any

from typing_extensions import TypedDict

from weft.domain.run import LogLine, Run, RunError, Step
from weft.domain.run_event import RunEvent
from weft.domain.times import iso


class RunSummary(TypedDict):
    """A run in a list: everything but what went in and came out."""

    id: str
    workflow_id: str
    version: int
    status: str
    triggered_by: str
    trigger_type: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    active_ms: int
    error: dict[str, Any] | None
    input_tokens: int
    output_tokens: int
    cost: float


class RunView(RunSummary):
    """A run. `output` holds the results by node id, `response` what a webhook caller gets."""

    input: Any
    trigger_node: str | None
    output: Any
    response: Any
    last_seq: int
    cancel_reason: str | None


class StepView(TypedDict):
    """One node's part in a run."""

    run_id: str
    node_id: str
    path: str
    order: int
    status: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempts: int
    input_tokens: int
    output_tokens: int
    cost: float
    started_at: str | None
    completed_at: str | None
    duration_ms: int | None


class LogView(TypedDict):
    """One line a step wrote."""

    run_id: str
    seq: int
    node_id: str
    path: str
    level: str
    message: str
    time: str
    data: dict[str, Any]


class EventView(TypedDict):
    """One thing that happened; `execution_id` is the run's id under the requirements' name."""

    type: str
    run_id: str
    execution_id: str
    node_id: str | None
    path: str
    seq: int
    time: str
    data: dict[str, Any]


def _iso(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso(milliseconds)


def _error_view(error: RunError) -> dict[str, Any]:
    return {"type": error.type, "message": error.message, "node_id": error.node}


def run_summary(run: Run) -> RunSummary:
    """For lists."""
    error = run.error
    return {
        "id": run.run_id,
        "workflow_id": run.workflow_id,
        "version": run.version,
        "status": run.status.value,
        "triggered_by": run.triggered_by,
        "trigger_type": run.trigger.type,
        "created_at": iso(run.created_at),
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "active_ms": run.active_ms,
        "error": None if error is None else _error_view(error),
        "input_tokens": run.totals.input_tokens,
        "output_tokens": run.totals.output_tokens,
        "cost": run.totals.cost,
    }


def run_view(run: Run) -> RunView:
    """With input and output."""
    return {
        **run_summary(run),
        "input": run.trigger.data,
        "trigger_node": run.trigger.node,
        "output": run.output,
        "response": run.response,
        "last_seq": run.last_seq,
        "cancel_reason": run.cancel_reason,
    }


def step_view(step: Step) -> StepView:
    """One step."""
    return {
        "run_id": step.run_id,
        "node_id": step.node_id,
        "path": step.path,
        "order": step.order,
        "status": step.status.value,
        "input": step.input,
        "output": step.output,
        "error": step.error,
        "attempts": step.attempts,
        "input_tokens": step.input_tokens,
        "output_tokens": step.output_tokens,
        "cost": step.cost,
        "started_at": _iso(step.started_at),
        "completed_at": _iso(step.completed_at),
        "duration_ms": step.duration_ms,
    }


def log_view(line: LogLine) -> LogView:
    """One log line."""
    return {
        "run_id": line.run_id,
        "seq": line.seq,
        "node_id": line.node_id,
        "path": line.path,
        "level": line.level,
        "message": line.message,
        "time": iso(line.time),
        "data": line.data,
    }


def event_view(event: RunEvent) -> EventView:
    """One event (ST-06)."""
    return {
        "type": event.type.value,
        "run_id": event.run_id,
        "execution_id": event.run_id,
        "node_id": event.node_id,
        "path": event.path,
        "seq": event.seq,
        "time": iso(event.time),
        "data": event.data,
    }
