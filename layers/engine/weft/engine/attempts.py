"""Calls to handlers: one asyncio task per call in flight, none for anything that waits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from weft.engine.clock import Clock
from weft.engine.errors import HandlerError, ServiceError, StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.run import Frame

# How long `close` waits for cancelled handlers to let go (s).
CLOSE_SECONDS = 3.0


class Invoke(Protocol):
    """Calls a function by name."""

    async def __call__(
        self, function: str, payload: JsonValue, deadline: float | None
    ) -> JsonValue:
        """The function's result; `deadline` in epoch seconds. Raises HandlerError."""
        ...


@dataclass(slots=True, eq=False)
class Attempt:
    """One call of a handler for one frame."""

    frame: Frame
    function: str
    payload: JsonValue
    deadline: float | None
    task: "asyncio.Task[None] | None" = None


class Attempts:
    """Begins calls, and gives each outcome to the engine exactly once."""

    def __init__(
        self,
        invoke: Invoke,
        clock: Clock,
        ended: Callable[[Attempt, JsonValue, StateFailure | None], None],
    ) -> None:
        self._invoke = invoke
        self._clock = clock
        self._ended = ended
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """How many calls are out."""
        return len(self._tasks)

    def prepare(self, frame: Frame) -> Attempt:
        """The call that the frame's journalled state describes; not begun yet."""
        call = frame.wait["call"]
        payload = frame.definition.payload(frame, call["p"])
        attempt = Attempt(frame, call["f"], payload, frame.wait.get("due"))
        frame.call = attempt
        return attempt

    def begin(self, attempt: Attempt) -> None:
        """Call the handler, unless the frame has gone on meanwhile."""
        if attempt.frame.call is not attempt:
            return
        self._clock.begin_work()
        attempt.task = asyncio.get_running_loop().create_task(self._call(attempt))
        self._tasks.add(attempt.task)
        attempt.task.add_done_callback(partial(self._over, attempt))

    def _over(self, attempt: Attempt, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        try:
            error = None if task.cancelled() else task.exception()
            if error is not None:  # not a HandlerError: the adapter itself broke
                named = HandlerError(type(error).__name__, str(error))
                failure = StateFailure(named.error_type, handler_cause(named), inner=True)
                self._ended(attempt, None, failure)
        finally:
            self._clock.end_work()

    async def _call(self, attempt: Attempt) -> None:
        result: JsonValue = None
        failure: StateFailure | None = None
        try:
            result = await self._invoke(attempt.function, attempt.payload, attempt.deadline)
        except HandlerError as error:
            cause = error.message if isinstance(error, ServiceError) else handler_cause(error)
            failure = StateFailure(error.error_type, cause, inner=True)
        self._ended(attempt, result, failure)

    def drop(self, frame: Frame) -> None:
        """Cancel the frame's call; its outcome is not wanted any more."""
        attempt = frame.call
        frame.call = None
        if isinstance(attempt, Attempt) and attempt.task is not None:
            attempt.task.cancel()

    async def close(self) -> None:
        """Cancel all calls and wait for them a little."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)


def handler_cause(error: HandlerError) -> str:
    """The cause document Lambda gives for a failed function."""
    document = {
        "errorMessage": error.message,
        "errorType": error.error_type,
        "stackTrace": list(error.trace),
    }
    return to_json(document).decode()
