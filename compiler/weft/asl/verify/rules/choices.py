"""Rules of a Choice state: each has a test and a target."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, is_expression


def choices(machine: Machine) -> Iterator[Finding]:
    """In JSONata the test is a `Condition`, a constant or an expression."""
    for state in machine.states():
        if state.type != "Choice":
            continue
        for path, rule in state.entries("Choices"):
            if state.language != JSONATA:
                continue
            test = rule.get("Condition")
            if not isinstance(test, bool) and not is_expression(test):
                yield Finding("ASL070", f"{path}/Condition", "must be JSONata or a boolean")
