"""Task: calls a service, and perhaps waits for its task token to be answered.

What is sent is worked out once per attempt and journalled before it is sent. After a crash the
same payload goes out again, with the same token in it, unless the handler had already returned.
"""

import secrets
from typing import TYPE_CHECKING, Any

from weft.engine.errors import ActivityNotFound, StateFailure
from weft.engine.json import MAX_PAYLOAD_BYTES, JsonValue, to_payload
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.resources.registry import find_resource
from weft.engine.run import TASK, Frame, Scope
from weft.engine.states.base import DATA_LIMIT, State

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.parts import Field, StateParts

MAX_TIMEOUT = 99_999_999  # Amazon States Language


class TaskState(State):
    """One service call with its time limits."""

    kind = "Task"
    retries = True

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        resource = find_resource(parts.source["Resource"])
        assert resource is not None, "the definition is checked before it is compiled"
        self.resource: Resource = resource
        self._arguments = parts.template("Arguments")
        self._timeout = parts.typed("TimeoutSeconds", "integer")
        self._heartbeat = parts.typed("HeartbeatSeconds", "integer")

    def work(self, core: "Core", frame: Frame) -> None:
        """Work out what to send and park until the answer."""
        token = None
        if self.resource.waits_for_token:
            token = f"weft-{frame.run.row.seq}-{frame.id}-{secrets.token_hex(16)}"
        scope = Scope(frame, token=token)
        call = self._call(scope, frame.input)
        self._check_size(call.payload)
        limits = self._limits(scope)
        wait: dict[str, Any] = {"call": call.journalled()}
        if self.resource.polled:
            self._check_activity(core, frame, call.function)
            wait["limits"] = limits
        else:
            wait |= _moments(core, limits)
        if token is not None:
            wait["token"] = token
        if self.resource.starts_run:
            # A name of ours can only be taken by ourselves, before a restart.
            wait["call"]["n"], wait["sent"] = self.resource.execution_name(call.name)
        frame.phase = TASK
        frame.wait = wait
        shared = self.resource.describe()
        sent = self.resource.parameters(wait["call"])
        self._emit(core, frame, "Scheduled", {**shared, "parameters": sent, **limits})
        if not self.resource.polled:
            self._emit(core, frame, "Started", shared)
        core.arm(frame)
        self._send(core, frame)

    def _check_activity(self, core: "Core", frame: Frame, activity: str) -> None:
        try:
            core.activities.record(activity)
        except ActivityNotFound as error:
            failure = StateFailure("ActivityDoesNotExist", str(error), inner=True)
            told = {"error": failure.error, "cause": failure.cause}
            self._emit(core, frame, "ScheduleFailed", told)
            raise failure from error

    def _call(self, scope: Scope, default: JsonValue) -> Call:
        try:
            return self.resource.prepare(self._arguments, scope, default)
        except BadArguments as error:
            raise StateFailure(self.field_error, str(error), "Arguments") from error

    def payload(self, frame: Frame, journalled: JsonValue) -> JsonValue:
        """The journal's payload, and what the service needs to know besides."""
        return self.resource.sent(journalled, lambda: frame.run.input)

    def _send(self, core: "Core", frame: Frame) -> None:
        if self.resource.starts_run:
            core.nested.start(frame)
        elif self.resource.inside:
            core.inside.start(frame)
        elif self.resource.polled:
            core.activities.offer(frame)
        else:
            core.dispatch(frame)

    def _limits(self, scope: Scope) -> dict[str, int]:
        """How long the call may take and may be silent (s), by the names the history has."""
        fields = (
            ("timeoutInSeconds", self._timeout, "TimeoutSeconds"),
            ("heartbeatInSeconds", self._heartbeat, "HeartbeatSeconds"),
        )
        found = {shown: self._limit(field, name, scope) for shown, field, name in fields}
        return {shown: seconds for shown, seconds in found.items() if seconds is not None}

    def _limit(self, field: "Field | None", name: str, scope: Scope) -> int | None:
        if field is None:
            return None
        seconds: int = field.evaluate(scope)
        if not 0 < seconds <= MAX_TIMEOUT:
            cause = f"{name} must be between 1 and {MAX_TIMEOUT} but was: {seconds}"
            raise StateFailure(self.field_error, cause, name)
        return seconds

    def _emit(self, core: "Core", frame: Frame, what: str, details: dict[str, Any]) -> None:
        frame.run.emit(frame, self.resource.events + what, core.now(), details)

    def _check_size(self, value: JsonValue) -> None:
        try:
            size = len(to_payload(value))
        except (TypeError, ValueError, RecursionError) as error:
            cause = f"The payload is not JSON: {error}"
            raise StateFailure(self.field_error, cause, "Arguments") from error
        if size > MAX_PAYLOAD_BYTES:
            raise self._too_large()

    def submitted(self, core: "Core", frame: Frame, reply: JsonValue) -> None:
        """The service took the call; its end is still to come."""
        self._emit(core, frame, "Submitted", {**self.resource.describe(), "output": reply})

    def _too_large(self) -> StateFailure:
        return StateFailure(
            DATA_LIMIT,
            f"The state/task '{self.resource.called}' returned a result with a size exceeding the "
            "maximum number of bytes service limit.",
            inner=True,
        )

    def returned(
        self, core: "Core", frame: Frame, result: JsonValue, failure: StateFailure | None
    ) -> None:
        """The handler ended: that is the result, unless a token is waited for."""
        if frame.phase != TASK:
            return
        if failure is not None:
            self._fail(core, frame, failure)
            return
        value = self.resource.result(result)
        if self.resource.waits_for_token:
            self.submitted(core, frame, value)
            frame.wait = {**frame.wait, "submitted": True}
            frame.wait.pop("call", None)
            return
        self._succeed(core, frame, value)

    def begun(self, core: "Core", frame: Frame, worker: str | None) -> None:
        """A worker has the activity's task: its time begins."""
        self._emit(core, frame, "Started", {} if worker is None else {"workerName": worker})
        moments = _moments(core, frame.wait["limits"])
        frame.wait = {"token": frame.wait["token"], "submitted": True, **moments}
        core.arm(frame)

    def answered(
        self, core: "Core", frame: Frame, result: JsonValue, failure: StateFailure | None
    ) -> None:
        """The task token was answered; what the handler may still return does not matter."""
        core.attempts.drop(frame)
        if failure is not None:
            self._fail(core, frame, failure)
        else:
            self._succeed(core, frame, result)

    def beat(self, core: "Core", frame: Frame) -> None:
        """A heartbeat came: the next one is due later."""
        every = frame.wait.get("every")
        if every is not None:
            frame.wait = {**frame.wait, "beat": core.now() + every}
            core.arm(frame)
        core.touch(frame)

    def _succeed(self, core: "Core", frame: Frame, value: JsonValue) -> None:
        try:
            size = len(to_payload(value))
        except (TypeError, ValueError, RecursionError) as error:
            cause = f"Unable to marshal response: {error}"
            self._fail(core, frame, StateFailure("Runtime.MarshalError", cause, inner=True))
            return
        if size > MAX_PAYLOAD_BYTES:
            self._fail(core, frame, self._too_large())
            return
        self._emit(core, frame, "Succeeded", {**self.resource.describe(), "output": value})
        self.leave(core, frame, value, result=value)

    def _fail(self, core: "Core", frame: Frame, failure: StateFailure) -> None:
        what = (
            "TimedOut"
            if failure.error in ("States.Timeout", "States.HeartbeatTimeout")
            else "Failed"
        )
        shown = {"error": failure.error, "cause": failure.cause}
        details = {k: v for k, v in shown.items() if v is not None}
        self._emit(core, frame, what, {**self.resource.describe(), **details})
        frame.wait = {}
        raise failure

    def timer(self, core: "Core", frame: Frame) -> None:
        """Fail when a time limit is over; a retry's delay is the base's matter."""
        if frame.phase != TASK:
            super().timer(core, frame)
            return
        now = core.now()
        for limit, error in (("due", "States.Timeout"), ("beat", "States.HeartbeatTimeout")):
            due = frame.wait.get(limit)
            if due is not None and due <= now:
                core.attempts.drop(frame)
                self.abort(core, frame)
                self._fail(core, frame, StateFailure(error, None, inner=True))

    def abort(self, core: "Core", frame: Frame) -> None:
        """Nobody waits any more: what was started for the task stops, too."""
        if self.resource.waits_for_run and frame.phase == TASK and "call" in frame.wait:
            core.nested.stop(frame)

    def resume(self, core: "Core", frame: Frame) -> None:
        """After a restart: the same call again, unless the handler had already returned.

        A handler that is called again has its whole time again: what nobody worked on while
        nothing ran is not held against it. Who answers a token has what was left.
        """
        if frame.phase != TASK or frame.wait.get("submitted"):
            core.arm(frame)
            return
        if not (self.resource.starts_run or self.resource.polled):
            frame.wait = {**frame.wait, **_moments(core, self._limits(Scope(frame)))}
        core.arm(frame)
        self._send(core, frame)


def _moments(core: "Core", limits: dict[str, int]) -> dict[str, Any]:
    """When a call that goes out now has to have ended, and to have given a sign of life."""
    now = core.now()
    moments: dict[str, Any] = {}
    if "timeoutInSeconds" in limits:
        moments["due"] = now + limits["timeoutInSeconds"]
    if "heartbeatInSeconds" in limits:
        every = moments["every"] = limits["heartbeatInSeconds"]
        moments["beat"] = now + every
    return moments
