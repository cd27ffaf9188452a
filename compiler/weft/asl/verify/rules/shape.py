"""Machines, branches and states are objects with what they cannot do without."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, Scope, State

# What a state of a type must have; each group: one of these.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "Pass": (), "Succeed": (), "Fail": (), "Wait": (),
    "Task": (("Resource",),),
    "Choice": (("Choices",),),
    "Parallel": (("Branches",),),
    "Map": (("ItemProcessor", "Iterator"),),
}  # fmt: skip
OBJECTS = frozenset({"ItemProcessor", "Iterator"})


def shape(machine: Machine) -> Iterator[Finding]:
    """Required fields, and known types."""
    if not isinstance(machine.source, dict):
        yield Finding("ASL010", "/", "a definition is an object")
    for scope in machine.scopes:
        yield from _scope(scope)
    for state in machine.states():
        yield from _state(state)


def _scope(scope: Scope) -> Iterator[Finding]:
    missing = [key for key in ("StartAt", "States") if key not in scope.source]
    if missing:
        yield Finding("ASL011", scope.path or "/", f"these fields are required: {missing}")
    states = scope.source.get("States")
    if "States" in scope.source and not (isinstance(states, dict) and states):
        yield Finding("ASL012", f"{scope.path}/States", "must be an object with a state")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            yield Finding("ASL013", f"{scope.path}/States/{name}", "a state is an object")


def _state(state: State) -> Iterator[Finding]:
    needed = NEEDED.get(state.type)
    if needed is None:
        found = state.source.get("Type")
        yield Finding("ASL014", f"{state.path}/Type", f"{found!r} is no type of state")
        return
    for group in needed:
        if not any(key in state.source for key in group):
            yield Finding("ASL015", state.path, f"the field '{group[0]}' is required")
    for key in ("Branches", "Choices"):
        found = state.source.get(key)
        if key in state.source and not (isinstance(found, list) and found):
            yield Finding("ASL016", f"{state.path}/{key}", "must be a list with an entry")
        for position, entry in enumerate(found if isinstance(found, list) else ()):
            if not isinstance(entry, dict):
                yield Finding("ASL018", f"{state.path}/{key}/{position}", "must be an object")
    for key in sorted(OBJECTS & state.source.keys()):
        if not isinstance(state.source[key], dict):
            yield Finding("ASL018", f"{state.path}/{key}", "must be an object")
    if state.type == "Map" and state.language == JSONATA and "Iterator" in state.source:
        yield Finding("ASL017", f"{state.path}/Iterator", "JSONata maps have an 'ItemProcessor'")
