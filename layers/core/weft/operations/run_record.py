"""What a run has left so far: steps, events, log lines, usage; written in order of cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from weft.domain.run import LogLine, Step, StepStatus, Totals
from weft.domain.run_event import EventType, RunEvent
from weft.domain.workflow import Json, JsonObject
from weft.ir.flow import Flow
from weft.ir.ops import Sleep
from weft.operations.answers import Reply
from weft.operations.approval_ids import approval_id_of
from weft.semantics.answers import Activation, Path
from weft.semantics.facts import Status
from weft.semantics.resolver import Change

_CLOSED: Final = frozenset({StepStatus.SUCCESS, StepStatus.ERROR, StepStatus.SKIPPED})


@dataclass(slots=True)
class Draft:
    """A step while it is made."""

    node_id: str
    path: str
    order: int
    status: StepStatus = StepStatus.IDLE
    input: Json = None
    output: Json = None
    error: JsonObject | None = None
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    started_at: int | None = None
    completed_at: int | None = None


@dataclass(slots=True)
class RunRecord:
    """Grows; `take` gives what is new. `clock` is the time of the event being looked at (ms)."""

    tenant_id: str
    run_id: str
    flow: Flow
    clock: int
    seq: int = 0
    totals: Totals = field(default_factory=Totals)
    _steps: dict[Activation, Draft] = field(default_factory=dict)
    _dirty: dict[Activation, Draft] = field(default_factory=dict)
    _events: list[RunEvent] = field(default_factory=list)
    _logs: list[LogLine] = field(default_factory=list)

    def take(self) -> tuple[Sequence[Step], Sequence[RunEvent], Sequence[LogLine]]:
        """Changed steps, new events and new log lines since the last time."""
        steps = [self._step(draft) for draft in self._dirty.values()]
        taken = steps, self._events, self._logs
        self._dirty, self._events, self._logs = {}, [], []
        return taken

    def draft(self, at: Activation) -> Draft:
        """The activation's step, to be changed."""
        draft = self._steps.get(at)
        if draft is None:
            draft = self._steps[at] = Draft(at[0], text_of(at[1]), len(self._steps))
        self._dirty[at] = draft
        return draft

    def emit(self, type: EventType, at: Activation | None, data: JsonObject) -> int:
        """Adds an event of the run or of one step; its number."""
        self.seq += 1
        node_id, path = (None, "") if at is None else (at[0], text_of(at[1]))
        self._events.append(
            RunEvent(self.tenant_id, self.run_id, self.seq, type, self.clock, node_id, path, data)
        )
        return self.seq

    def apply(self, changes: Iterable[Change]) -> None:
        """Writes down what the semantics say has changed."""
        nodes = self.flow.nodes
        for node_id, path, status, value, _, error in changes:
            if not nodes[node_id].is_drawn:
                continue  # it stands for what was drawn, and is not shown itself
            at = (node_id, path)
            draft = self.draft(at)
            if draft.started_at is None and status is not Status.SKIPPED:
                draft.started_at = self.clock
            if status is Status.SUCCESS:  # first, because most are
                self._completed(draft, value)
            elif status is Status.RUNNING:
                if draft.status is StepStatus.IDLE:
                    self._emit_step(EventType.STEP_STARTED, draft, {})
                draft.status = StepStatus.RUNNING
            elif status is Status.WAITING:
                draft.status = StepStatus.WAITING
                self._emit_waiting(at)
            elif status is Status.ERROR:
                draft.status = StepStatus.ERROR
                draft.output = value
                draft.error = dict(error or {})
                draft.completed_at = self.clock
                self._emit_step(EventType.STEP_FAILED, draft, {"error": draft.error})
            elif status is Status.SKIPPED:
                draft.status = StepStatus.SKIPPED
                if draft.started_at is not None:  # its arm lost the race
                    draft.completed_at = self.clock
                self._emit_step(EventType.STEP_SKIPPED, draft, {})

    def _completed(self, draft: Draft, value: Json) -> None:
        draft.status = StepStatus.SUCCESS
        draft.output = value
        draft.completed_at = self.clock
        data: JsonObject = {
            "output": value,
            "duration_ms": self.clock - (draft.started_at or self.clock),
        }
        if draft.input_tokens or draft.output_tokens:
            data["input_tokens"] = draft.input_tokens
            data["output_tokens"] = draft.output_tokens
            data["cost"] = draft.cost
        self._emit_step(EventType.STEP_COMPLETED, draft, data)

    def _emit_step(self, type: EventType, draft: Draft, data: JsonObject) -> None:
        self.seq += 1
        self._events.append(
            RunEvent(
                self.tenant_id, self.run_id, self.seq, type, self.clock, draft.node_id, draft.path,
                data,
            )
        )  # fmt: skip

    def _emit_waiting(self, at: Activation) -> None:
        if isinstance(self.flow.nodes[at[0]].op, Sleep):
            self.emit(EventType.STEP_WAITING, at, {})
            return
        approval_id = approval_id_of(self.run_id, at[0], text_of(at[1]))
        self.emit(EventType.STEP_WAITING_APPROVAL, at, {"approval_id": approval_id})

    def report(self, at: Activation, reply: Reply) -> None:
        """Adds log lines and usage that came back with a runner's answer."""
        draft = self.draft(at)
        used = reply.usage
        draft.input_tokens += used[0]
        draft.output_tokens += used[1]
        draft.cost += used[2]
        have = self.totals
        self.totals = Totals(
            have.input_tokens + used[0], have.output_tokens + used[1], have.cost + used[2]
        )
        for line in reply.logs:
            seq = self.emit(EventType.LOG, at, line)
            self._logs.append(
                LogLine(
                    tenant_id=self.tenant_id,
                    run_id=self.run_id,
                    seq=seq,
                    node_id=at[0],
                    path=draft.path,
                    level=line["level"],
                    message=line["message"],
                    time=self.clock,
                    data=line["data"],
                )
            )

    def cancel_open_steps(self) -> None:
        """The run has ended: what was under way will not end any more."""
        for at, draft in self._steps.items():
            if draft.status not in _CLOSED:
                draft.status = StepStatus.CANCELLED
                draft.completed_at = self.clock
                self._dirty[at] = draft

    def _step(self, d: Draft) -> Step:
        return Step(
            self.tenant_id,
            self.run_id,
            d.node_id,
            d.path,
            d.order,
            d.status,
            d.input,
            d.output,
            d.error,
            d.attempts,
            d.input_tokens,
            d.output_tokens,
            d.cost,
            d.started_at,
            d.completed_at,
        )


def text_of(path: Path) -> str:
    """`0.2` for the third item of a loop inside the first item of another."""
    if len(path) == 1:
        return str(path[0])
    return ".".join(map(str, path)) if path else ""
