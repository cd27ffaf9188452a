"""TestState: one state alone, with a mock for what it calls; nothing of it is kept.

The state is the engine's own; only what stands around it (journal, timers, children) is not there.
The shape and the rules are those of the TestState API.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from weft.domain.errors import Invalid
from weft.engine.attempts import Attempt, Invoke, handler_cause
from weft.engine.clock import Clock, RealClock
from weft.engine.core import Core
from weft.engine.errors import DefinitionInvalid, HandlerError, ServiceError, StateFailure
from weft.engine.inspection import inspected, seen
from weft.engine.journal import ExecutionRow, Journal
from weft.engine.json import JsonValue
from weft.engine.jsonata import Jsonata
from weft.engine.machine import Block, Builder, Machine
from weft.engine.names import PLAIN_NAMES, Names
from weft.engine.resources.base import Call, Resource
from weft.engine.resources.registry import find_resource
from weft.engine.run import ENTER, FORK, RETRY, TASK, WAIT, WORK, Fork, Frame, Run, Scope
from weft.engine.states.base import State, matches
from weft.engine.states.fork import ForkState
from weft.engine.states.map import MapState
from weft.engine.states.registry import STATE_TYPES
from weft.engine.states.task import TaskState
from weft.engine.template import Template

# A call that every engine can compile, where the mock answers in place of the real one.
_ANY_CALL: Final = "arn:aws:states:::lambda:invoke"


@dataclass(frozen=True, slots=True)
class Mock:
    """What the state is to come to: a result, or a failure."""

    result: JsonValue = None
    failure: StateFailure | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked. `language` is that of the scope around the state.

    `retried` is how often each retrier was used before, `failed_iterations` how many iterations
    of a Map failed, `context` stands for the whole context object.
    """

    name: str
    source: dict[str, Any]
    input: JsonValue
    language: str = "JSONPath"
    variables: dict[str, JsonValue] = field(default_factory=dict)
    context: dict[str, JsonValue] | None = None
    mock: Mock | None = None
    retried: int = 0
    failed_iterations: int = 0
    read_items: list[JsonValue] | None = None


@dataclass(slots=True)
class Tried:
    """What came of it: SUCCEEDED, FAILED, RETRIABLE or CAUGHT_ERROR.

    `stages` holds the values on the way by the API's names, `details` its numbers.
    """

    status: str
    output: JsonValue = None
    has_output: bool = False
    next: str | None = None
    error: str | None = None
    cause: str | None = None
    stages: dict[str, JsonValue] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


async def test_state(
    trial: Trial,
    *,
    jsonata: Jsonata,
    invoke: Invoke,
    clock: Clock | None = None,
    names: Names = PLAIN_NAMES,
) -> Tried:
    """Try the state. Raises DefinitionInvalid, Invalid for a call that needs a mock."""
    source = trial.source
    if source["Type"] == "Task" and trial.mock is not None:
        source = {**source, "Resource": _ANY_CALL}
    called = find_resource(source["Resource"]) if source["Type"] == "Task" else None
    if source["Type"] == "Task" and (called is None or called.polled):
        raise Invalid(f"'{source['Resource']}' can be tested with a mock only")
    builder = _ShallowBuilder(jsonata, STATE_TYPES)
    parts = inspected(source.get("QueryLanguage", trial.language), builder, trial.name, source)
    state = STATE_TYPES[source["Type"]](parts)
    if builder.problems:
        raise DefinitionInvalid(builder.problems)
    if isinstance(state, TaskState) and trial.mock is not None:
        state.resource = _mocked(trial.source["Resource"])
    bench = _Bench(trial, state, clock or RealClock(), names)
    bench.begin()
    if bench.frame.phase == TASK and trial.mock is None:
        await bench.call(invoke)
    tried = bench.told()
    scope = Scope(bench.frame_at_entry())
    tried.stages = {"input": trial.input, **seen(parts.before(), scope)}
    if tried.status == "SUCCEEDED":
        extra = {"result": bench.result}
        tried.stages |= seen(parts.after(), Scope(bench.frame_at_entry(), extra))
    return tried


class _ShallowBuilder(Builder):
    """The states inside the state never run: a mock stands for all of them."""

    def block(self, source: dict[str, Any], at: str = "") -> Block:
        return Block(source["StartAt"])


class _Bench(Core):
    """What the state believes to be the heart of an engine: it keeps nothing, and one frame."""

    def __init__(self, trial: Trial, state: State, clock: Clock, names: Names) -> None:
        super().__init__(Journal(Path()), clock, _nobody, None)
        self._trial = trial
        self._state = state
        self._machine = Machine(
            "test", "test", "EXPRESS", Block(trial.name, {trial.name: state}), None, names=names
        )
        self.frame = self.frame_at_entry()
        self.result: JsonValue = None
        self._failure: StateFailure | None = None
        self._fails = False
        self._ends = False
        self._details: dict[str, Any] = {}

    def frame_at_entry(self) -> Frame:
        """The state as it was entered."""
        trial, now = self._trial, self.now()
        row = ExecutionRow(0, "test:test", "test", "test", b"", "RUNNING", now)
        run = Run(row, self._machine, lambda: trial.input)
        run.context = trial.context
        frame = run.add_frame(self._machine.block, trial.input)
        frame.own = frame.vars = dict(trial.variables)
        frame.entered_at, frame.phase = now, WORK
        frame.retries = {str(n): trial.retried for n in range(len(self._state.retriers))}
        frame.retry_count = trial.retried
        return frame

    def begin(self) -> None:
        """Do the state's work, and answer it with the mock."""
        frame, mock = self.frame, self._trial.mock
        self.guard(frame, lambda: self._state.work(self, frame))
        if frame.phase == WAIT:
            self.guard(frame, lambda: self._state.timer(self, frame))
        if isinstance(self._state, MapState):
            self._limits()
        if mock is not None and frame.phase in (TASK, FORK):
            self._count_iterations()
            self.result = mock.result
            self.guard(frame, lambda: self._answer(mock))

    def _answer(self, mock: Mock) -> None:
        state, frame = self._state, self.frame
        if isinstance(state, TaskState):
            state.answered(self, frame, mock.result, mock.failure)
        elif mock.failure is not None:
            raise mock.failure
        elif isinstance(state, MapState) and self._over_threshold(state):
            raise state.threshold_failure(frame, StateFailure("States.TaskFailed", None))
        elif isinstance(state, ForkState):
            frame.children = {}
            state.succeed(self, frame, mock.result)

    def _count_iterations(self) -> None:
        items = self._trial.read_items
        if items is None:
            items = self.frame.wait.get("items", [])
        if self._trial.failed_iterations > len(items) and isinstance(self._state, MapState):
            raise Invalid(
                "Map iteration failure count must be less than or equal to the number of Map "
                "iterations"
            )

    def _over_threshold(self, state: MapState) -> bool:
        items = self._trial.read_items or self.frame.wait.get("items", [])
        failed = self._trial.failed_iterations
        fork = Fork(len(items), len(items), len(items) - failed, failed)
        return failed > 0 and not state.tolerates(self.frame, fork)

    def _limits(self) -> None:
        """The numbers of a Map that came as far as its iterations."""
        wait, source = self.frame.wait, self._trial.source
        if self.frame.phase not in (TASK, FORK):
            return
        given = source.keys() & {"MaxConcurrency", "MaxConcurrencyPath"}
        self._details["maxConcurrency"] = wait["max"] if given else 0
        if "count" in wait:
            self._details["toleratedFailureCount"] = wait["count"]
        if "percentage" in wait:
            self._details["toleratedFailurePercentage"] = float(wait["percentage"])

    async def call(self, invoke: Invoke) -> None:
        """Call the function that the state waits for. Raises Invalid for what needs a mock."""
        state, frame, attempt = self._state, self.frame, self.frame.call
        simple = isinstance(state, TaskState) and not state.resource.waits_for_token
        if not simple or not isinstance(attempt, Attempt):
            raise Invalid("this state can be tested with a mock only")
        result: JsonValue = None
        failure: StateFailure | None = None
        try:
            result = await invoke(attempt.function, attempt.payload, attempt.deadline)
        except HandlerError as error:
            cause = error.message if isinstance(error, ServiceError) else handler_cause(error)
            failure = StateFailure(error.error_type, cause, inner=True)
        frame.call = None
        assert isinstance(state, TaskState)
        self.result = state.resource.result(result)
        self.guard(frame, lambda: state.returned(self, frame, result, failure))

    def told(self) -> Tried:
        """What came of it."""
        frame, failure = self.frame, self._failure
        tried = Tried("SUCCEEDED", details=self._details)
        if frame.phase == ENTER:
            tried.next = frame.state
        if failure is not None:
            tried.error, tried.cause = failure.error, failure.cause
            tried.status = "FAILED" if self._fails else "CAUGHT_ERROR"
            tried.status = "RETRIABLE" if frame.phase == RETRY else tried.status
            found = self._error_details(failure.error, tried.status)
            if found:
                self._details["errorDetails"] = found
        if tried.status in ("SUCCEEDED", "CAUGHT_ERROR"):
            tried.output, tried.has_output = frame.input, True
        return tried

    def _error_details(self, error: str | None, status: str) -> dict[str, int]:
        if status == "CAUGHT_ERROR":
            for place, catcher in enumerate(self._state.catchers):
                if matches(catcher.errors, error):
                    return {"catchIndex": place}
        for place, retrier in enumerate(self._state.retriers):
            if matches(retrier.errors, error):
                found = {"retryIndex": place}
                if status == "RETRIABLE":
                    delay = retrier.interval * retrier.backoff**self._trial.retried
                    found["retryBackoffIntervalSeconds"] = int(min(delay, retrier.longest or delay))
                return found
        return {}

    def now(self) -> float:
        """Waiting is over at once."""
        frame = getattr(self, "frame", None)
        if frame is not None and frame.phase == WAIT:
            return float(frame.wait["due"])
        return super().now()

    def finish(self, frame: Frame) -> None:
        """The state was the last."""
        self._ends = True

    def fail(self, frame: Frame, failure: StateFailure) -> None:
        """Nothing caught the failure."""
        self._failure = self._failure or failure
        self._fails = True

    def _failed(self, frame: Frame, failure: StateFailure) -> None:
        self._failure = self._failure or failure
        super()._failed(frame, failure)

    def remove(self, frame: Frame) -> None:
        """A branch or iteration that never began."""
        frame.run.frames.pop(frame.id, None)

    def ready(self, frame: Frame) -> None:
        """Nothing runs after the state."""

    def arm(self, frame: Frame) -> None:
        """Nothing is waited for."""


@dataclass(frozen=True, slots=True)
class _Mocked(Resource):
    """Any service call: its arguments are worked out, its answer is the mock."""

    def prepare(self, arguments: Template | None, scope: Any, default: JsonValue) -> Call:
        return Call("mock", default if arguments is None else arguments.evaluate(scope))


def _mocked(text: str) -> _Mocked:
    token = text.endswith(".waitForTaskToken")
    return _Mocked(text, "mock", "mock", waits_for_token=token)


async def _nobody(function: str, payload: JsonValue, deadline: float | None) -> JsonValue:
    raise HandlerError("States.Runtime", f"nobody answers {function}")
