"""What all state types share: leaving with Output and Assign, failing with Retry and Catch."""

import random
from typing import TYPE_CHECKING, Any

from weft.engine.errors import StateFailure
from weft.engine.json import MAX_PAYLOAD_BYTES, JsonValue, to_json, to_payload
from weft.engine.run import ENTER, RETRY, WORK, Frame, Scope
from weft.engine.template import QUERY_ERROR, Template

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.machine import Block
    from weft.engine.parts import Catcher, Retrier, StateParts

DATA_LIMIT = "States.DataLimitExceeded"
RUNTIME = "States.Runtime"
# Errors raised while a state's own fields are worked out; their causes name state and event.
PREFIXED = frozenset(
    {QUERY_ERROR, RUNTIME, "States.NoChoiceMatched", "States.ItemReaderFailed",
     "States.IntrinsicFailure", "States.ResultPathMatchFailure"}
)  # fmt: skip
MAX_VARIABLE_BYTES = 262_144  # one variable, and one Assign altogether
MAX_VARIABLES_BYTES = 10_485_760  # all variables of an execution


class State:
    """A compiled state. It holds no data of a run: that is in the frame."""

    kind = ""
    retries = False  # whether the context object counts attempts
    shares_variables = True

    def __init__(self, parts: "StateParts") -> None:
        self.name = parts.name
        self.next = parts.next
        self.output: Template | None = parts.output()
        self.assign: dict[str, Template] | None = parts.assignments(parts.source, "")
        self.retriers: list[Retrier] = parts.retriers
        self.catchers: list[Catcher] = parts.catchers()
        self.field_error = parts.field_error

    def enter(self, core: "Core", frame: Frame) -> None:
        """Enter the state, then do its work."""
        now = core.now()
        frame.entered_at = now
        frame.retries = {}
        frame.retry_count = 0
        frame.entered_id = frame.run.emit(
            frame, self.kind + "StateEntered", now, {"name": self.name, "input": frame.input}
        )
        frame.phase = WORK
        self.work(core, frame)

    def work(self, core: "Core", frame: Frame) -> None:
        """Do what the type does: leave, park, or raise StateFailure."""
        raise NotImplementedError

    def timer(self, core: "Core", frame: Frame) -> None:
        """The frame's due time has come."""
        if frame.phase == RETRY:
            frame.phase = WORK
            frame.wait = {}
            core.ready(frame)

    def resume(self, core: "Core", frame: Frame) -> None:
        """After a restart: arm timers, send again what was in flight."""
        core.arm(frame)

    def payload(self, frame: Frame, journalled: JsonValue) -> JsonValue:
        """For Task: what the handler is given for the payload that was journalled."""
        return journalled

    def abort(self, core: "Core", frame: Frame) -> None:
        """The frame is being taken away: let go of work outside."""

    def item(self, frame: Frame, index: int) -> tuple[int, JsonValue] | None:
        """For Map: index and value of an iteration's item."""
        return None

    def child_block(self, index: int) -> "Block":
        """For Map and Parallel: the states of a child frame."""
        raise NotImplementedError

    def child_done(self, core: "Core", frame: Frame, child: Frame) -> None:
        """For Map and Parallel: a child ended well; its output is `child.input`."""
        raise NotImplementedError

    def child_failed(self, core: "Core", frame: Frame, child: Frame, failure: StateFailure) -> None:
        """For Map and Parallel: a child failed."""
        raise NotImplementedError

    def leave(self, core: "Core", frame: Frame, default: JsonValue, **extra: JsonValue) -> None:
        """Work out Output and Assign from the values at entry, then go to the next state.

        `default` is the output where the state has no Output; `extra` are members of `$states`.
        """
        self.leave_by(core, frame, default, (self.output, self.assign, self.next), extra)

    def leave_by(
        self,
        core: "Core",
        frame: Frame,
        default: JsonValue,
        way: "tuple[Template | None, dict[str, Template] | None, str | None]",
        extra: dict[str, JsonValue],
    ) -> None:
        """As `leave`, with the Output, Assign and Next of a choice rule or a catcher."""
        output, assign, following = way
        value = default
        assigned: dict[str, JsonValue] | None = None
        if output is not None or assign is not None:
            scope = Scope(frame, extra)
            if output is not None:
                value = output.evaluate(scope)
            if assign is not None:
                assigned = {k: t.evaluate(scope) for k, t in assign.items()}
                check_variables(self.name, frame, assigned)
        if value is not frame.input:
            check_size(self.name, value)
        details: dict[str, Any] = {"name": self.name, "output": value}
        if assigned is not None:
            frame.assign(assigned)
            details["assignedVariables"] = assigned
        frame.run.emit(frame, self.kind + "StateExited", core.now(), details)
        frame.input = value
        if frame.wait:
            frame.wait = {}
        if following is None:
            core.finish(frame)
        else:
            frame.state = following
            frame.phase = ENTER

    def on_failure(self, core: "Core", frame: Frame, failure: StateFailure) -> None:
        """Retry, catch, or fail the frame."""
        error, cause = failure.error, failure.cause
        own = not failure.inner
        if own and error in PREFIXED and cause is not None:
            cause = (
                f"An error occurred while executing the state '{self.name}' (entered at the event "
                f"id #{frame.entered_id}). {cause}"
            )
        now = core.now()
        if own and error == QUERY_ERROR:
            details = {"state": self.name, "error": error, "cause": cause}
            if failure.location is not None:
                details["location"] = failure.location
            frame.run.emit(frame, "EvaluationFailed", now, details)
        terminal = error == RUNTIME  # neither retried nor caught, not even by States.ALL
        if not terminal and self._retry(core, frame, error):
            return
        if not (terminal and own):
            self.report_failure(core, frame, error, cause)
        if not terminal and self._catch(core, frame, error, cause):
            return
        core.fail(frame, StateFailure(error, cause, inner=True))

    def on_failure_of_catch(self, core: "Core", frame: Frame, failure: StateFailure) -> None:
        """A catcher's own expressions failed: that ends the frame."""
        cause = (
            f"An error occurred while executing the state '{self.name}' (entered at the event id "
            f"#{frame.entered_id}). {failure.cause}"
        )
        details = {"state": self.name, "error": failure.error, "cause": cause}
        if failure.error == QUERY_ERROR:
            frame.run.emit(frame, "EvaluationFailed", core.now(), details)
        core.fail(frame, StateFailure(failure.error, cause, inner=True))

    def returned(
        self, core: "Core", frame: Frame, result: JsonValue, failure: StateFailure | None
    ) -> None:
        """For Task: the handler ended."""
        raise NotImplementedError

    def begun(self, core: "Core", frame: Frame, worker: str | None) -> None:
        """For Task: a worker asked for the activity's task."""
        raise NotImplementedError

    def report_failure(
        self, core: "Core", frame: Frame, error: str | None, cause: str | None
    ) -> None:
        """Emit the type's own event for a failed state, if it has one."""

    def report_abort(self, core: "Core", frame: Frame) -> None:
        """Emit the event for a state that is left unfinished."""
        frame.run.emit(frame, self.kind + "StateAborted", core.now(), {"name": self.name})

    def _retry(self, core: "Core", frame: Frame, error: str | None) -> bool:
        for place, retrier in enumerate(self.retriers):
            if not matches(retrier.errors, error):
                continue
            used = frame.retries.get(str(place), 0)
            if used >= retrier.attempts:
                return False
            delay = retrier.interval * retrier.backoff**used
            if retrier.longest is not None:
                delay = min(delay, retrier.longest)
            if retrier.jitter:
                delay = random.uniform(0, delay)  # noqa: S311 - spreads load, guards nothing
            frame.retries = {**frame.retries, str(place): used + 1}
            frame.retry_count += 1
            frame.phase = RETRY
            frame.wait = {"due": core.now() + delay}
            core.arm(frame)
            return True
        return False

    def _catch(self, core: "Core", frame: Frame, error: str | None, cause: str | None) -> bool:
        for catcher in self.catchers:
            if matches(catcher.errors, error):
                caught = {"Error": error, "Cause": cause}
                way = (catcher.output, catcher.assign, catcher.next)
                self.leave_by(core, frame, caught, way, {"errorOutput": caught})
                core.ready(frame)
                return True
        return False


def matches(patterns: frozenset[str], error: str | None) -> bool:
    """Whether an ErrorEquals list names the error; States.ALL and States.TaskFailed are wide."""
    if error in patterns or "States.ALL" in patterns:
        return True
    if error == "States.HeartbeatTimeout":
        return "States.Timeout" in patterns
    return "States.TaskFailed" in patterns and error != "States.Timeout"


def check_size(name: str, value: JsonValue) -> None:
    """Raise StateFailure for a value over the service limit, or one that is not JSON."""
    try:
        size = len(to_payload(value))
    except (TypeError, ValueError, RecursionError) as error:
        cause = f"The state '{name}' returned a value that is not JSON: {error}"
        raise StateFailure(QUERY_ERROR, cause) from error
    if size > MAX_PAYLOAD_BYTES:
        raise StateFailure(
            DATA_LIMIT,
            f"The state/task '{name}' returned a result with a size exceeding the maximum number "
            "of bytes service limit.",
        )


def check_variables(name: str, frame: Frame, assigned: dict[str, JsonValue]) -> None:
    """Raise StateFailure when variables grow over the service limits."""
    try:
        size = len(to_payload(assigned))
    except (TypeError, ValueError, RecursionError) as error:
        cause = f"The state '{name}' assigns a value that is not JSON: {error}"
        raise StateFailure(QUERY_ERROR, cause, "Assign") from error
    if size > MAX_VARIABLE_BYTES:
        raise StateFailure(
            DATA_LIMIT,
            f"The state '{name}' assigns variables with a size exceeding the maximum number of "
            "bytes service limit.",
        )
    # Only a run that has assigned much can be near the total; count exactly only then.
    run = frame.run
    run.assigned += size
    if run.assigned > MAX_VARIABLES_BYTES:
        run.assigned = sum(len(to_json(f.own)) for f in run.frames.values()) + size
        if run.assigned > MAX_VARIABLES_BYTES:
            raise StateFailure(
                DATA_LIMIT,
                "The variables of the execution exceed the maximum number of bytes service limit.",
            )
