"""The text of JSONata: not empty, and an expression."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine


def expressions(machine: Machine) -> Iterator[Finding]:
    """What is wrong with an expression is said by whoever can parse it."""
    for state in machine.states():
        if state.language != JSONATA:
            continue
        for path, text in state.expressions():
            if not text.strip():
                yield Finding("ASL120", path, "an expression cannot be empty")
            elif machine.syntax is not None and (problem := machine.syntax(text)) is not None:
                yield Finding("ASL121", path, f"the JSONata expression is invalid: {problem}")
