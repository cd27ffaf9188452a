"""Fail: ends the branch or execution with an error of its own."""

from typing import TYPE_CHECKING

from weft.engine.errors import StateFailure
from weft.engine.run import Frame, Scope
from weft.engine.states.base import State

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.parts import StateParts


class FailState(State):
    """Fails with Error and Cause, each a string or an expression."""

    kind = "Fail"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        self._error = parts.typed("Error", "string")
        self._cause = parts.typed("Cause", "string")

    def work(self, core: "Core", frame: Frame) -> None:
        """Work out both fields, then fail."""
        scope = Scope(frame)
        error = self._error.evaluate(scope) if self._error else None
        cause = self._cause.evaluate(scope) if self._cause else None
        core.fail(frame, StateFailure(error, cause, inner=True))
