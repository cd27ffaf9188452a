"""What happened in a run, in order: the stream that the run view and clients follow (ST-03)."""

from dataclasses import dataclass, field
from enum import StrEnum

from weft.domain.workflow import JsonObject


class EventType(StrEnum):
    """The canonical dotted names (CF-04)."""

    RUN_STARTED = "execution.started"
    RUN_COMPLETED = "execution.completed"
    RUN_FAILED = "execution.failed"
    RUN_CANCELLED = "execution.cancelled"
    STEP_STARTED = "step.started"
    STEP_COMPLETED = "step.completed"
    STEP_FAILED = "step.failed"
    STEP_SKIPPED = "step.skipped"
    STEP_WAITING = "step.waiting"
    STEP_WAITING_APPROVAL = "step.waiting_approval"
    STEP_RETRYING = "step.retrying"
    LOG = "log"

    @property
    def ends_run(self) -> bool:
        """Whether nothing follows."""
        return self in (EventType.RUN_COMPLETED, EventType.RUN_FAILED, EventType.RUN_CANCELLED)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """`seq` counts from 1 within a run, without gaps; `time` is epoch milliseconds.

    `data` by type: completed `{output, duration_ms, input_tokens, output_tokens, cost}`,
    failed `{error: {type, message}}`, retrying `{attempt, error}`, waiting_approval
    `{approval_id?}`, log `{level, message, data}`, execution.completed `{output, response}`.
    """

    tenant_id: str
    run_id: str
    seq: int
    type: EventType
    time: int
    node_id: str | None = None
    path: str = ""
    data: JsonObject = field(default_factory=dict)
