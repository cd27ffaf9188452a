"""From a host's history to a run's events, steps and status: pure, incremental, deterministic.

The host reports states; the source map says whose they are; the semantics say what follows for
nodes that have no state of their own. Events are taken one by one, so it makes no difference how
they were batched, and taking all of them again gives the same events with the same numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from weft.domain.run import LogLine, Run, RunError, RunStatus, Step, StepStatus, Totals
from weft.domain.run_event import EventType, RunEvent
from weft.domain.workflow import Json, JsonObject
from weft.ir.flow import Flow
from weft.ir.ops import ForEach, Invoke, Sleep
from weft.operations.answers import Reply, failed, read_reply
from weft.operations.approval_ids import approval_id_of
from weft.ports.machines import HistoryEvent
from weft.semantics.answers import (
    Activation,
    Failed,
    Knowledge,
    Ok,
    Path,
    Running,
    TimedOut,
    Waiting,
)
from weft.semantics.facts import Status
from weft.semantics.resolver import Change, Resolver

# How `expire_runs` and `cancel_run` stop an execution; they decide what the run ends as.
RUN_TIMEOUT: Final = "RunTimeout"
CANCELLED: Final = "Cancelled"
TIMEOUT_MESSAGE: Final = "Execution timeout"

StatePath = tuple[tuple[str, int], ...]
_CLOSED = frozenset({StepStatus.SUCCESS, StepStatus.ERROR, StepStatus.SKIPPED})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for all runs of a published version."""

    flow: Flow
    effects: Mapping[str, str]  # state name → the effect node it performs
    loops: frozenset[str]  # names of Map states that are a for-each

    @classmethod
    def of(cls, flow: Flow, source_map: Mapping[str, Any]) -> "Plan":
        """Reads `{"states": {name: {"nodes": [ids], "role": …}}}`."""
        effects: dict[str, str] = {}
        loops: set[str] = set()
        for name, entry in source_map["states"].items():
            if entry["role"] != "step":
                continue
            for node_id in entry["nodes"]:
                op = flow.nodes[node_id].op
                if isinstance(op, Invoke | Sleep):
                    effects[name] = node_id
                elif isinstance(op, ForEach):
                    loops.add(name)
        return cls(flow, effects, frozenset(loops))


@dataclass(slots=True)
class _Frame:
    """One thread of control of the execution, and what its present state has come to."""

    state: str
    answer: Knowledge | None = None
    reply: Reply | None = None
    scheduled: int = 0
    input: Json = None


@dataclass(slots=True)
class _Draft:
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


@dataclass(frozen=True, slots=True)
class Progress:
    """What is new since it was last taken."""

    run: Run
    steps: Sequence[Step]
    events: Sequence[RunEvent]
    logs: Sequence[LogLine]


@dataclass(slots=True)
class Projection:
    """Follows one run. `feed` it history, `take` what is new."""

    run: Run
    plan: Plan
    machine_input: JsonObject
    last_id: int = 0
    _resolver: Resolver = field(init=False)
    _frames: dict[StatePath, _Frame] = field(default_factory=dict)
    _steps: dict[Activation, _Draft] = field(default_factory=dict)
    _dirty: dict[Activation, _Draft] = field(default_factory=dict)
    _events: list[RunEvent] = field(default_factory=list)
    _logs: list[LogLine] = field(default_factory=list)
    _in_flight: dict[Activation, bool] = field(default_factory=dict)  # effect → it waits
    _paths: dict[StatePath, Path] = field(default_factory=dict)
    _seq: int = 0
    _active_ms: int = 0
    _clock: int = 0
    _tokens: tuple[int, int, float] = (0, 0, 0.0)

    def __post_init__(self) -> None:
        self._clock = self.run.started_at or self.run.created_at

    @property
    def waits(self) -> bool:
        """Whether something is in flight and all of it waits."""
        return bool(self._in_flight) and all(self._in_flight.values())

    def feed(self, history: Iterable[HistoryEvent]) -> bool:
        """Takes new events; False if some before them are missing. Known ones are passed over."""
        for event in history:
            if event.id <= self.last_id:
                continue
            if event.id != self.last_id + 1:
                return False
            self.last_id = event.id
            if not self.run.status.ended:
                self._take_event(event)
        return True

    def take(self) -> Progress:
        """What `feed` found since the last time; the run's status as it stands now."""
        if not self.run.status.ended:
            waiting = self.waits
            self.run = self._progressed(
                status=RunStatus.WAITING if waiting else RunStatus.RUNNING,
                active_since=None if waiting else self._clock,
            )
        steps = [self._step(draft) for draft in self._dirty.values()]
        progress = Progress(self.run, steps, self._events, self._logs)
        self._dirty, self._events, self._logs = {}, [], []
        return progress

    def _progressed(self, **changes: Any) -> Run:
        return replace(
            self.run,
            active_ms=self._active_ms,
            last_seq=self._seq,
            totals=Totals(*self._tokens),
            **changes,
        )

    def _take_event(self, event: HistoryEvent) -> None:
        now = int(event.timestamp * 1000)
        if not self.waits:
            self._active_ms += max(0, now - self._clock)
        self._clock = max(self._clock, now)
        kind = event.type
        if kind.endswith("StateEntered"):
            self._entered(event, kind)
        elif kind.endswith("StateExited"):
            self._exited(event)
        elif kind.startswith("Execution"):
            self._execution(kind, event.details)
        elif event.path in self._frames:
            self._task(self._frames[event.path], kind, event)

    def _entered(self, event: HistoryEvent, kind: str) -> None:
        name = event.details["name"]
        node_id = self.plan.effects.get(name)
        if node_id is None:
            self._frames.pop(event.path, None)
            return
        self._frames[event.path] = _Frame(name)
        if kind == "WaitStateEntered":
            self._learn(node_id, event.path, Waiting())

    def _exited(self, event: HistoryEvent) -> None:
        frame = self._frames.pop(event.path, None)
        if frame is not None:
            self._end(frame, event.path, frame.answer or Ok())

    def _end(self, frame: _Frame, path: StatePath, answer: Knowledge) -> None:
        node_id = self.plan.effects[frame.state]
        if isinstance(answer, Failed | TimedOut):
            answer = replace(answer, attempts=max(1, frame.scheduled))
        self._report(node_id, path, frame.reply)
        self._in_flight.pop((node_id, self._path(path)), None)
        self._learn(node_id, path, answer)

    def _task(self, frame: _Frame, kind: str, event: HistoryEvent) -> None:
        """A report about the attempt under way in a frame's task state."""
        node_id = self.plan.effects[frame.state]
        if kind.endswith("Scheduled"):
            self._attempt(frame, node_id, event)
        elif kind.endswith("Submitted"):
            self._report(node_id, event.path, read_reply(event.details.get("output")))
            self._learn(node_id, event.path, Waiting())
        elif kind.endswith("Succeeded") and not kind.endswith("StateSucceeded"):
            op = self.plan.flow.nodes[node_id].op
            callback = isinstance(op, Invoke) and op.callback
            frame.reply = read_reply(event.details.get("output"), callback=callback)
            frame.answer = Ok(frame.reply.outputs)
        elif kind.endswith("TimedOut"):
            frame.answer = TimedOut(failed(event.details).message)
        elif kind.endswith("Failed") and not kind.endswith("StateFailed"):
            frame.answer = failed(event.details)

    def _attempt(self, frame: _Frame, node_id: str, event: HistoryEvent) -> None:
        frame.scheduled += 1
        before, frame.answer = frame.answer, None
        at = (node_id, self._path(event.path))
        draft = self._draft(at)
        draft.attempts = frame.scheduled
        draft.input = _called_with(event.details)
        if frame.scheduled > 1:
            error = {}
            if isinstance(before, Failed | TimedOut):
                name = before.type if isinstance(before, Failed) else "States.Timeout"
                error = {"type": name, "message": before.message}
            data = {"attempt": frame.scheduled, "error": error}
            self._emit(EventType.STEP_RETRYING, at, data)
        self._in_flight[at] = False
        self._learn(node_id, event.path, Running())

    def _execution(self, kind: str, details: Mapping[str, Json]) -> None:
        if kind == "ExecutionStarted":
            self._emit(EventType.RUN_STARTED, None, {"trigger": self.run.trigger.node})
            made = self.machine_input
            self._resolver = Resolver(self.plan.flow, made["trigger"], made["run"])
            self._apply(self._resolver.opening)
        elif kind == "ExecutionSucceeded":
            told = details["output"]
            output, response = told["result"], told["response"]
            self._close(RunStatus.COMPLETED, EventType.RUN_COMPLETED, output, response, None)
        elif kind in ("ExecutionFailed", "ExecutionTimedOut"):
            for path, frame in list(self._frames.items()):
                if isinstance(frame.answer, Failed | TimedOut):
                    del self._frames[path]
                    self._end(frame, path, frame.answer)
            timed_out = kind == "ExecutionTimedOut"
            error = RunError("States.Timeout", TIMEOUT_MESSAGE) if timed_out else None
            self._fail(error or self._reason(details))
        elif kind == "ExecutionAborted":
            if details.get("error") == RUN_TIMEOUT:
                self._fail(RunError(RUN_TIMEOUT, TIMEOUT_MESSAGE))
            else:
                self._close(RunStatus.CANCELLED, EventType.RUN_CANCELLED, None, None, None)

    def _reason(self, details: Mapping[str, Json]) -> RunError:
        """The failing step if the semantics know one, else what the host says."""
        for (node_id, _), error in self._resolver.failing.items():
            return RunError(str(error["type"]), str(error["message"]), node_id)
        told = failed(details)
        return RunError(told.type, told.message)

    def _fail(self, error: RunError) -> None:
        self._close(RunStatus.FAILED, EventType.RUN_FAILED, None, None, error)

    def _close(
        self,
        status: RunStatus,
        event: EventType,
        output: Json,
        response: Json,
        error: RunError | None,
    ) -> None:
        for at, draft in self._steps.items():
            if draft.status not in _CLOSED:
                draft.status = StepStatus.CANCELLED
                draft.completed_at = self._clock
                self._dirty[at] = draft
        data: JsonObject = {}
        if status is RunStatus.COMPLETED:
            data = {"output": output, "response": response}
        elif error is not None:
            told = {"type": error.type, "message": error.message, "node": error.node}
            data = {"error": told}
        self._emit(event, None, data)
        self.run = self._progressed(
            status=status,
            output=output,
            response=response,
            error=error,
            finished_at=self._clock,
            active_since=None,
        )
        self._in_flight.clear()
        self._frames.clear()

    def _path(self, path: StatePath) -> Path:
        """The item index in every for-each around; branches of Parallel states do not count."""
        found = self._paths.get(path)
        if found is None:
            found = tuple(index for name, index in path if name in self.plan.loops)
            self._paths[path] = found
        return found

    def _learn(self, node_id: str, path: StatePath, answer: Knowledge) -> None:
        at = (node_id, self._path(path))
        if isinstance(answer, Waiting):
            self._in_flight[at] = True
        elif not isinstance(answer, Running):
            self._in_flight.pop(at, None)
        self._apply(self._resolver.learn(*at, answer))

    def _apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            at = (change.node, change.path)
            draft = self._draft(at)
            if draft.started_at is None and change.status is not Status.SKIPPED:
                draft.started_at = self._clock
            match change.status:
                case Status.RUNNING:
                    if draft.status is StepStatus.IDLE:
                        self._emit(EventType.STEP_STARTED, at, {})
                    draft.status = StepStatus.RUNNING
                case Status.WAITING:
                    draft.status = StepStatus.WAITING
                    self._emit_waiting(at)
                case Status.SUCCESS:
                    self._completed(at, draft, change.value)
                case Status.ERROR:
                    draft.status = StepStatus.ERROR
                    draft.output = change.value
                    draft.error = dict(change.error or {})
                    draft.completed_at = self._clock
                    self._emit(EventType.STEP_FAILED, at, {"error": draft.error})
                case Status.SKIPPED:
                    draft.status = StepStatus.SKIPPED
                    self._emit(EventType.STEP_SKIPPED, at, {})
                case _:
                    pass

    def _completed(self, at: Activation, draft: _Draft, value: Json) -> None:
        draft.status = StepStatus.SUCCESS
        draft.output = value
        draft.completed_at = self._clock
        data: JsonObject = {
            "output": value,
            "duration_ms": self._clock - (draft.started_at or self._clock),
        }
        if draft.input_tokens or draft.output_tokens:
            data["input_tokens"] = draft.input_tokens
            data["output_tokens"] = draft.output_tokens
            data["cost"] = draft.cost
        self._emit(EventType.STEP_COMPLETED, at, data)

    def _emit_waiting(self, at: Activation) -> None:
        if isinstance(self.plan.flow.nodes[at[0]].op, Sleep):
            self._emit(EventType.STEP_WAITING, at, {})
            return
        approval_id = approval_id_of(self.run.run_id, at[0], text_of(at[1]))
        self._emit(EventType.STEP_WAITING_APPROVAL, at, {"approval_id": approval_id})

    def _report(self, node_id: str, path: StatePath, reply: Reply | None) -> None:
        """Log lines and usage that came back with a runner's answer."""
        if reply is None:
            return
        at = (node_id, self._path(path))
        draft = self._draft(at)
        used = reply.usage
        draft.input_tokens += used[0]
        draft.output_tokens += used[1]
        draft.cost += used[2]
        have = self._tokens
        self._tokens = (have[0] + used[0], have[1] + used[1], have[2] + used[2])
        for line in reply.logs:
            seq = self._emit(EventType.LOG, at, line)
            self._logs.append(
                LogLine(
                    tenant_id=self.run.tenant_id,
                    run_id=self.run.run_id,
                    seq=seq,
                    node_id=node_id,
                    path=draft.path,
                    level=line["level"],
                    message=line["message"],
                    time=self._clock,
                    data=line["data"],
                )
            )

    def _draft(self, at: Activation) -> _Draft:
        draft = self._steps.get(at)
        if draft is None:
            draft = self._steps[at] = _Draft(at[0], text_of(at[1]), len(self._steps))
        self._dirty[at] = draft
        return draft

    def _emit(self, type: EventType, at: Activation | None, data: JsonObject) -> int:
        self._seq += 1
        run = self.run
        node_id, path = (None, "") if at is None else (at[0], text_of(at[1]))
        self._events.append(
            RunEvent(run.tenant_id, run.run_id, self._seq, type, self._clock, node_id, path, data)
        )
        return self._seq

    def _step(self, d: _Draft) -> Step:
        return Step(
            self.run.tenant_id,
            self.run.run_id,
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
    return ".".join(map(str, path)) if path else ""


def _called_with(details: Mapping[str, Json]) -> Json:
    """What a node was called with, out of a task's parameters."""
    payload = details.get("parameters")
    if isinstance(payload, dict):
        payload = payload.get("Payload", payload)
    return payload.get("inputs") if isinstance(payload, dict) else None
