"""Where states lead: to a state of the same scope, or to the end."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, State

_GO_ON = ("Pass", "Task", "Wait", "Map", "Parallel")


def targets(machine: Machine) -> Iterator[Finding]:
    """Every target exists; a state goes on or ends, never both."""
    for scope in machine.scopes:
        start = scope.source.get("StartAt")
        if "StartAt" in scope.source and scope.start is None:
            yield Finding("ASL040", f"{scope.path}/StartAt", f"names no state: {start!r}")
    for state in machine.states():
        for path, target, _ in state.steps():
            if not isinstance(target, str) or target not in state.scope.states:
                yield Finding("ASL041", path, f"names no state of this scope: {target!r}")
        yield from _goes_on(state)


def _goes_on(state: State) -> Iterator[Finding]:
    ends = state.source.get("End") is True
    if state.type in _GO_ON and ("Next" in state.source) == ends:
        yield Finding("ASL042", state.path, "exactly one of 'Next' and 'End' is needed")
