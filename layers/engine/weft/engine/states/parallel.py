"""Parallel: all branches at once, each with variables of its own."""

from typing import TYPE_CHECKING

from weft.engine.json import JsonValue
from weft.engine.run import Frame, Scope
from weft.engine.states.fork import ForkState

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.machine import Block
    from weft.engine.parts import StateParts


class ParallelState(ForkState):
    """The output is the list of the branches' outputs; one failing branch stops the rest."""

    kind = "Parallel"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        self._arguments = parts.template("Arguments")
        self._branches = [
            parts.block(b, f"Branches/{i}") for i, b in enumerate(parts.source["Branches"])
        ]

    def work(self, core: "Core", frame: Frame) -> None:
        """Start every branch with the same input."""
        value = frame.input if self._arguments is None else self._arguments.evaluate(Scope(frame))
        frame.wait = {} if self._arguments is None else {"input": value}
        frame.run.emit(frame, "ParallelStateStarted", core.now(), {"name": self.name})
        self.begin(core, frame, len(self._branches))

    def limit(self, frame: Frame) -> int:
        """All at once."""
        return len(self._branches)

    def total(self, frame: Frame) -> int:
        """As many as there are branches."""
        return len(self._branches)

    def child_block(self, index: int) -> "Block":
        """The branch."""
        return self._branches[index]

    def child_input(self, core: "Core", frame: Frame, index: int) -> JsonValue:
        """Arguments, or the state's input."""
        return frame.wait.get("input", frame.input)
