"""Pass: hands its input on, perhaps through Output and Assign."""

from typing import TYPE_CHECKING

from weft.engine.run import Frame
from weft.engine.states.base import State

if TYPE_CHECKING:
    from weft.engine.core import Core


class PassState(State):
    """Leaves at once."""

    kind = "Pass"

    def work(self, core: "Core", frame: Frame) -> None:
        """Leave with the input as the default output."""
        self.leave(core, frame, frame.input)
