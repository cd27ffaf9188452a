"""States that no way leads to, and scopes that no way leads out of."""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, Scope, State


def reach(machine: Machine) -> Iterator[Finding]:
    """Every state can be reached, and from every state an end can be."""
    for scope in machine.scopes:
        if scope.start is None:
            continue
        reached = reachable(scope)
        for name, state in scope.states.items():
            if name not in reached:
                yield Finding("ASL050", state.path, f"the state {name!r} cannot be reached")
        if not any(_ends(scope.states[name]) for name in reached):
            where = f"{scope.path}/States"
            yield Finding("ASL051", where, "no state that can be reached is an end")


def reachable(scope: Scope) -> set[str]:
    """The states that some way leads to."""
    seen: set[str] = set()
    pending = [scope.start]
    while pending:
        name = pending.pop()
        if name is None or name in seen or name not in scope.states:
            continue
        seen.add(name)
        pending += [t for _, t, _ in scope.states[name].steps() if isinstance(t, str)]
    return seen


def _ends(state: State) -> bool:
    if state.type == "Choice" and "Default" not in state.source:
        return True  # States.NoChoiceMatched
    return state.type in ("Succeed", "Fail") or state.source.get("End") is True
