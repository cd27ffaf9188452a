"""Variables that some way leads to before they are assigned.

Forward over every scope: what is assigned on all ways to a state. A branch or an iteration starts
with what its state was entered with; a distributed map's starts with nothing.
"""

from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.jsonata import variables_in
from weft.asl.verify.machine import Machine, Scope
from weft.asl.verify.rules.assignments import assigned

_Known = dict[str, frozenset[str]]  # state → what is assigned whenever it is entered


def variables(machine: Machine) -> Iterator[Finding]:
    """Step Functions takes such a definition; the run that comes there fails."""
    known: _Known = {}
    for scope in machine.scopes:
        owner = scope.owner
        seen = frozenset() if owner is None or scope.isolated else known.get(owner.path)
        if seen is None:
            continue  # its state cannot be reached
        known |= _entered(scope, seen)
        for state in scope.states.values():
            if state.path not in known:
                continue
            for path, text in state.expressions():
                for name in sorted(variables_in(text) - known[state.path]):
                    message = f"${name} is not assigned on every way here"
                    yield Finding("ASL160", path, message, refused=False)


def _entered(scope: Scope, seen: frozenset[str]) -> _Known:
    if scope.start is None:
        return {}
    entered = {scope.start: seen}
    pending = [scope.start]
    while pending:
        state = scope.states[pending.pop()]
        for _, target, value in state.steps():
            if not isinstance(target, str) or target not in scope.states:
                continue
            after = entered[state.name] | frozenset(assigned(value, state.language))
            merged = after & entered.get(target, after)
            if merged != entered.get(target):
                entered[target] = merged
                pending.append(target)
    return {scope.states[name].path: found for name, found in entered.items()}
