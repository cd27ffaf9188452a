"""Calls that the engine answers itself: their effect and the frame's next step are one write."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue
from weft.engine.run import TASK, Frame

if TYPE_CHECKING:
    from weft.engine.core import Core


class InsideCalls:
    """Acts once the journal has the call; a restart before that acts again, after it does not."""

    def __init__(self, core: "Core", answer: Callable[[str, JsonValue], None]) -> None:
        self._core = core
        self.answer = answer  # a task token; raises TaskTokenInvalid, TaskTimedOut

    def start(self, frame: Frame) -> None:
        """Act on what the frame's call says."""
        frame.call = self  # the run stays in memory until then
        self._core.effect(frame.run, lambda: self._core.soon(lambda: self._act(frame)))

    def _act(self, frame: Frame) -> None:
        if frame.call is not self or frame.phase != TASK or not frame.run.open:
            return
        frame.call = None
        resource = frame.definition.resource  # type: ignore[attr-defined]
        result: JsonValue = None
        failed: StateFailure | None = None
        try:
            result = resource.act(self, frame.run, frame.wait["call"]["p"])
        except StateFailure as failure:
            failed = failure
        core = self._core
        core.guard(frame, lambda: frame.definition.returned(core, frame, result, failed))
        core.ask_turn()
