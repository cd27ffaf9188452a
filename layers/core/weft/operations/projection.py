"""From a host's history to a run's events, steps and status: pure, incremental, deterministic.

The host reports states; the source map says whose they are; the semantics say what follows for
nodes that have no state of their own. Events are taken one by one, so it makes no difference how
they were batched, and taking all of them again gives the same events with the same numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from weft.asl.http_task import TRANSIENT
from weft.domain.run import LogLine, Run, RunError, RunStatus, Step
from weft.domain.run_event import EventType, RunEvent
from weft.domain.workflow import Json, JsonObject
from weft.ir.flow import limits_itself
from weft.ir.ops import Invoke, NativeCall, Race, Repeat
from weft.operations.answers import Reply, failed, is_native, read_native, read_reply
from weft.operations.fused_steps import read_steps
from weft.operations.run_plan import Plan
from weft.operations.run_record import RunRecord
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
)  # fmt: skip
from weft.semantics.resolver import Resolver

# How `expire_runs` and `cancel_run` stop an execution; they decide what the run ends as.
RUN_TIMEOUT: Final = "RunTimeout"
CANCELLED: Final = "Cancelled"
TIMEOUT_MESSAGE: Final = "Execution timeout"

# Where an event is: the execution ("" for the run's own), and the path in it.
StatePath = tuple[tuple[str, int], ...]
Place = tuple[str, StatePath]


# A failure that ends a loop's iteration, a loop or parallel branches leaves its own state unexited.
_SCOPE_FAILED = frozenset({"MapIterationFailed", "MapStateFailed", "ParallelStateFailed"})


@dataclass(slots=True)
class _Frame:
    """One thread of control of the execution, and what its present state has come to."""

    state: str
    at: Activation
    answer: Knowledge | None = None
    reply: Reply | None = None
    scheduled: int = 0
    called: Json = None  # the payload of the attempt
    began: int = 0  # when it was sent out, in milliseconds
    told: bool = False  # its answer has said all, of several steps


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
    _last_ids: dict[str, int] = field(default_factory=dict)  # of executions that the run started
    _around: dict[str, Path] = field(default_factory=dict)  # their places in the run's loops
    _resolver: Resolver = field(init=False)
    _record: RunRecord = field(init=False)
    _frames: dict[Place, _Frame] = field(default_factory=dict)
    _in_flight: dict[Activation, bool] = field(default_factory=dict)  # effect → it waits
    _running: int = 0  # how many in flight do not wait
    _active_ms: int = 0
    _stood_until: int = 0  # up to then nothing ran, although something was in flight

    def __post_init__(self) -> None:
        run = self.run
        began = run.started_at or run.created_at
        self._record = RunRecord(run.tenant_id, run.run_id, self.plan.flow, began)

    @property
    def waits(self) -> bool:
        """Whether something is in flight and all of it waits."""
        return bool(self._in_flight) and self._running == 0

    def feed(self, history: Iterable[HistoryEvent]) -> bool:
        """Takes new events; False if some before them are missing. Known ones are passed over."""
        for event in history:
            seen = self._last_ids.get(event.execution, 0) if event.execution else self.last_id
            if event.id <= seen:
                continue
            if event.id != seen + 1 or (event.execution and not self.last_id):
                return False
            if event.execution:
                self._last_ids[event.execution] = event.id
            else:
                self.last_id = event.id
            if not self.run.status.ended:
                self._take_event(event)
        return True

    def go_on(self, active_ms: int, now: int) -> None:
        """After the history was read again: `active_ms` is what had been stored of it.

        Nothing runs while no server does, and no history says so. The time up to `now` (epoch
        milliseconds) is not held against the run; nor are earlier times of that kind.
        """
        self._active_ms = min(self._active_ms, active_ms)
        self._stood_until = now

    def take(self) -> Progress:
        """What `feed` found since the last time; the run's status as it stands now."""
        if not self.run.status.ended:
            waiting = self.waits
            self.run = self._progressed(
                status=RunStatus.WAITING if waiting else RunStatus.RUNNING,
                active_since=None if waiting else max(self._record.clock, self._stood_until),
            )
        return Progress(self.run, *self._record.take())

    def _progressed(self, **changes: Any) -> Run:
        return replace(
            self.run,
            active_ms=self._active_ms,
            last_seq=self._record.seq,
            totals=self._record.totals,
            **changes,
        )

    def _take_event(self, event: HistoryEvent) -> None:
        before = self._record.clock
        # A clock that was set back must not make a run's time run backwards.
        self._record.clock = max(before, int(event.timestamp * 1000))
        if not self.waits:
            self._active_ms += max(0, self._record.clock - max(before, self._stood_until))
        kind = event.type
        if kind.endswith("StateEntered"):
            self._entered(event, kind)
        elif kind.endswith("StateExited"):
            self._exited(event)
        elif kind.endswith("StateAborted"):
            self._aborted(event)
        elif kind in _SCOPE_FAILED:
            self._fail_pending(_place(event))
        elif kind.startswith("Execution") and event.execution:
            self._started_execution(event)
        elif kind.startswith("Execution"):
            self._execution(kind, event.details)
        elif _place(event) in self._frames:
            self._task(self._frames[_place(event)], kind, event)

    def _entered(self, event: HistoryEvent, kind: str) -> None:
        name = event.details["name"]
        if name in self.plan.wins:
            race, arm = self.plan.wins[name]
            self._learn((race, self._path(race, _place(event))), Ok({"arm": arm}))
        node_id = self.plan.effects.get(name)
        if node_id is None:
            self._frames.pop(_place(event), None)
            return
        at = (node_id, self._path(node_id, _place(event)))
        self._frames[_place(event)] = _Frame(name, at)
        if kind == "WaitStateEntered":
            self._learn(at, Waiting())

    def _exited(self, event: HistoryEvent) -> None:
        frame = self._frames.pop(_place(event), None)
        if frame is not None and not frame.told:
            self._end(frame, frame.answer or Ok())

    def _aborted(self, event: HistoryEvent) -> None:
        """A sibling failed: this state will not end, and nothing of it is in flight any more."""
        self._abort(_place(event))

    def _abort(self, place: Place) -> None:
        frame = self._frames.pop(place, None)
        if frame is not None:
            self._set_flight(frame.at, None)

    def _fail_pending(self, scope: Place) -> None:
        """What failed last inside a scope that failed will not be tried again."""
        for place, frame in self._in(scope):
            if isinstance(frame.answer, Failed | TimedOut):
                del self._frames[place]
                self._end(frame, frame.answer)

    def _in(self, scope: Place) -> list[tuple[Place, _Frame]]:
        execution, path = scope
        return [
            (place, frame)
            for place, frame in self._frames.items()
            if place[0] == execution and place[1][: len(path)] == path
        ]

    def _started_execution(self, event: HistoryEvent) -> None:
        """The beginning or the end of a machine that the run started."""
        whole: Place = (event.execution, ())
        if event.type == "ExecutionStarted":
            around = event.details["input"]["path"]
            self._around[event.execution] = tuple(map(int, around.split("."))) if around else ()
            return
        self._fail_pending(whole)
        for place, _ in self._in(whole):
            self._abort(place)

    def _end(self, frame: _Frame, answer: Knowledge) -> None:
        if isinstance(answer, Failed | TimedOut):
            answer = replace(answer, attempts=max(1, frame.scheduled))
        if frame.reply is not None:
            self._record.report(frame.at, frame.reply)
        self._learn(frame.at, answer)

    def _task(self, frame: _Frame, kind: str, event: HistoryEvent) -> None:
        """A report about the attempt under way in a frame's task state."""
        if kind.endswith("Scheduled"):
            self._attempt(frame, event)
        elif kind.endswith("Submitted"):
            reply = read_reply(event.details.get("output"))
            self._record.report(frame.at, reply)
            self._learn(frame.at, Waiting())
        elif kind.endswith("TaskSucceeded") and frame.state in self.plan.fused:
            self._tell_steps(frame, event.details.get("output"))
        elif kind.endswith("Succeeded") and not kind.endswith("StateSucceeded"):
            frame.reply = self._reply(frame.at[0], event.details)
            frame.answer = Ok(frame.reply.outputs)
        elif kind.endswith("TimedOut"):
            frame.answer = self._timed_out(frame.at[0], event.details)
        elif kind.endswith("Failed") and not kind.endswith("StateFailed"):
            frame.answer = failed(event.details)

    def _reply(self, node_id: str, details: Mapping[str, Json]) -> Reply:
        op = self.plan.flow.nodes[node_id].op
        if isinstance(op, Invoke) and isinstance(op.native, NativeCall) and is_native(details):
            return read_native(details.get("output"), op.native)
        callback = isinstance(op, Invoke) and op.callback
        return read_reply(details.get("output"), callback=callback)

    def _timed_out(self, node_id: str, details: Mapping[str, Json]) -> Failed | TimedOut:
        """A call's own limit may pass, as in a runner; the node's is final."""
        message = failed(details).message
        if is_native(details) and limits_itself(self.plan.flow.nodes[node_id]):
            return Failed(TRANSIENT, message)
        return TimedOut(message)

    def _attempt(self, frame: _Frame, event: HistoryEvent) -> None:
        frame.scheduled += 1
        before, frame.answer = frame.answer, None
        draft = self._record.draft(frame.at)
        draft.attempts = frame.scheduled
        frame.called, frame.began = _payload(event.details), self._record.clock
        draft.input = frame.called.get("inputs") if isinstance(frame.called, dict) else None
        if frame.scheduled > 1:
            error = {}
            if isinstance(before, Failed | TimedOut):
                name = before.type if isinstance(before, Failed) else "States.Timeout"
                error = {"type": name, "message": before.message}
            data = {"attempt": frame.scheduled, "error": error}
            self._record.emit(EventType.STEP_RETRYING, frame.at, data)
        self._learn(frame.at, Running())

    def _tell_steps(self, frame: _Frame, output: Json) -> None:
        """One call ran several steps: what became of each, at its own time."""
        frame.told, now = True, self._record.clock
        for step in read_steps(frame.called, output):
            at = (step.node_id, frame.at[1])
            self._record.clock = min(now, frame.began + step.begun_ms)
            self._learn(at, Running())
            draft = self._record.draft(at)
            draft.attempts, draft.input = step.attempts, step.input
            for number, error in enumerate(step.retried, 2):
                data = {"attempt": number, "error": error}
                self._record.emit(EventType.STEP_RETRYING, at, data)
            self._record.clock = min(now, frame.began + step.ended_ms)
            self._record.report(at, step.reply)
            self._learn(at, step.answer)
        self._record.clock = now

    def _execution(self, kind: str, details: Mapping[str, Json]) -> None:
        if kind == "ExecutionStarted":
            self._record.emit(EventType.RUN_STARTED, None, {"trigger": self.run.trigger.node})
            made = self.machine_input
            self._resolver = Resolver(self.plan.wiring, made["trigger"], made["run"])
            self._record.apply(self._resolver.opening)
        elif kind == "ExecutionSucceeded":
            told = details["output"]
            output, response = told["result"], told["response"]
            self._close(RunStatus.COMPLETED, EventType.RUN_COMPLETED, output, response, None)
        elif kind in ("ExecutionFailed", "ExecutionTimedOut"):
            self._fail_pending(("", ()))
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
        self._record.cancel_open_steps()
        data: JsonObject = {}
        if status is RunStatus.COMPLETED:
            data = {"output": output, "response": response}
        elif error is not None:
            told = {"type": error.type, "message": error.message, "node": error.node}
            data = {"error": told}
        self._record.emit(event, None, data)
        self.run = self._progressed(
            status=status,
            output=output,
            response=response,
            error=error,
            finished_at=self._record.clock,
            active_since=None,
        )
        self._frames.clear()

    def _path(self, node_id: str, place: Place) -> Path:
        """The item or round in every loop around the node; branches of Parallel do not count.

        No history says which round a loop is in: it is the last that was begun, for all that
        belongs to a round has ended before the next one.
        """
        execution, path = place
        items = iter([index for name, index in path if name in self.plan.loops])
        wiring = self.plan.wiring
        found = self._around.get(execution, ())
        line = (*wiring.chain[node_id], node_id)
        for level in range(len(found), len(line) - 1):
            loop, op = line[level], wiring.flow.nodes[line[level]].op
            if isinstance(op, Race):
                found = (*found, op.arms[line[level + 1]])
            elif isinstance(op, Repeat):
                rounds = self._resolver.facts.counts.get((loop, found), 1)
                found = (*found, rounds - 1)
            else:
                found = (*found, next(items))
        return found

    def _learn(self, at: Activation, answer: Knowledge) -> None:
        in_flight = isinstance(answer, Waiting | Running)
        self._set_flight(at, isinstance(answer, Waiting) if in_flight else None)
        self._record.apply(self._resolver.learn(*at, answer))

    def _set_flight(self, at: Activation, waits: bool | None) -> None:
        """An effect runs (False), waits (True), or is not in flight any more (None)."""
        self._running -= self._in_flight.pop(at, None) is False
        if waits is not None:
            self._in_flight[at] = waits
            self._running += not waits


def _place(event: HistoryEvent) -> Place:
    return event.execution, event.path


def _payload(details: Mapping[str, Json]) -> Json:
    """What a runner was called with, out of a task's parameters; as `inputs` what a host sent."""
    payload = details.get("parameters")
    if is_native(details):
        return {"inputs": payload}
    return payload.get("Payload", payload) if isinstance(payload, dict) else None
