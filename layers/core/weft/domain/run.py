"""A run of a published version, its steps, and its log lines."""

from dataclasses import dataclass, field
from enum import StrEnum

from weft.domain.workflow import Json, JsonObject


class RunStatus(StrEnum):
    """EX-09. `pending` is durably queued; `waiting` means that everything in flight waits."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


class StepStatus(StrEnum):
    """EX-10, with the two ways of not running told apart."""

    IDLE = "idle"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCESS = "success"
    ERROR = "error"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run failed: the node (None: the run itself), the error's name, a sentence."""

    type: str
    message: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run consumed so far; `cost` is US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Trigger:
    """The envelope a run starts with; `node` is None until the version's trigger is chosen."""

    type: str = "manual"
    data: Json = None
    node: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    method: str = ""
    timestamp: int = 0  # epoch ms


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a published version. Its id is the host's execution name.

    `active_ms` is the time spent not waiting, without the stretch since `active_since` (CF-03).
    `output`: the results by node id; `response`: what a waiting webhook caller gets.
    """

    tenant_id: str
    run_id: str
    workflow_id: str
    version: int
    status: RunStatus
    trigger: Trigger
    triggered_by: str
    created_at: int
    output: Json = None
    response: Json = None
    error: RunError | None = None
    execution_id: str | None = None  # None: not started on the host yet
    started_at: int | None = None
    finished_at: int | None = None
    active_ms: int = 0
    active_since: int | None = None
    last_seq: int = 0
    totals: Totals = Totals()
    cancel_reason: str | None = None  # asked to stop; the host may not have stopped yet


@dataclass(frozen=True, slots=True)
class Step:
    """One node's part in a run. `path`: indices of the loops around it, `0.2`; empty outside."""

    tenant_id: str
    run_id: str
    node_id: str
    path: str
    order: int
    status: StepStatus
    input: Json = None
    output: Json = None
    error: JsonObject | None = None
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    started_at: int | None = None
    completed_at: int | None = None

    @property
    def duration_ms(self) -> int | None:
        """Wall time from start to end; None before the end."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line a step wrote; `seq` is that of the `log` event that carried it."""

    tenant_id: str
    run_id: str
    seq: int
    node_id: str
    path: str
    level: str
    message: str
    time: int
    data: JsonObject = field(default_factory=dict)
