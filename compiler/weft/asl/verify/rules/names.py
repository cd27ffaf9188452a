"""Names of states: long enough, short enough, and each used once."""

from collections.abc import Iterator

from weft.asl.limits import MAX_NAME
from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine


def names(machine: Machine) -> Iterator[Finding]:
    """Within the whole machine, branches and iterations too."""
    seen: set[str] = set()
    for state in machine.states():
        if not 0 < len(state.name) <= MAX_NAME:
            yield Finding("ASL030", state.path, f"a state's name has 1 to {MAX_NAME} characters")
        if state.name in seen:
            yield Finding("ASL031", state.path, f"the name {state.name!r} is used twice")
        seen.add(state.name)
