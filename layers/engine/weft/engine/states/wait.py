"""Wait: until a moment, or for some seconds. The moment is journalled; nothing runs meanwhile."""

from typing import TYPE_CHECKING

from weft.engine.errors import StateFailure
from weft.engine.run import WAIT, Frame, Scope
from weft.engine.states.base import State
from weft.engine.timestamps import parse_timestamp

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.parts import StateParts

MAX_SECONDS = 99_999_999  # Amazon States Language, Wait state


class WaitState(State):
    """Parks the frame until its due time."""

    kind = "Wait"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        self._seconds = parts.typed("Seconds", "integer")
        self._timestamp = parts.typed("Timestamp", "string")

    def work(self, core: "Core", frame: Frame) -> None:
        """Work out the due time and park, or leave at once when it is past."""
        due = self._due(core, frame)
        if due <= core.now():
            self.leave(core, frame, frame.input)
            return
        frame.phase = WAIT
        frame.wait = {"due": due}
        core.arm(frame)

    def _due(self, core: "Core", frame: Frame) -> float:
        scope = Scope(frame)
        if self._seconds is not None:
            seconds = self._seconds.evaluate(scope)
            if not 0 <= seconds <= MAX_SECONDS:
                raise StateFailure(
                    self.field_error,
                    f"The Seconds field must be between 0 and {MAX_SECONDS} but was: {seconds}",
                    "Seconds",
                )
            return float(core.now() + seconds)
        assert self._timestamp is not None
        text = self._timestamp.evaluate(scope)
        try:
            return parse_timestamp(text)
        except ValueError as error:
            raise StateFailure(
                self.field_error,
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time "
                f"format string: {text}",
                "Timestamp",
            ) from error

    def timer(self, core: "Core", frame: Frame) -> None:
        """Leave when due."""
        if frame.phase == WAIT and frame.wait["due"] <= core.now():
            self.leave(core, frame, frame.input)
