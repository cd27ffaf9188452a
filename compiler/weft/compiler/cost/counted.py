"""How many transitions a run makes, exactly, given what was decided in it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from weft.compiler.cost.reach import Entered
from weft.compiler.schedule.diagrams import Diagram, Diagrams, Outcome

Path: TypeAlias = tuple[int, ...]
# The outcome of a variable `(node, port)` in the activation at a path; see `Conditions`.
Decided: TypeAlias = Callable[[tuple[str, str], Path], Outcome]


def transitions(
    diagrams: Diagrams,
    entered: Sequence[Entered],
    decided: Decided,
    counts: Mapping[tuple[str, Path], int],
) -> int:
    """The states that a completed run enters. `counts`: items or rounds of each
    activation of a loop.

    Attempts after the first are not in it: AWS bills each of them as a transition too.
    """
    total = 0
    for one in entered:
        paths: list[Path] = [()]
        for loop in one.loops:
            paths = [(*p, k) for p in paths for k in range(counts.get((loop, p), 0))]
        total += sum(holds(diagrams, one.when, decided, path) for path in paths)
    return total


def holds(diagrams: Diagrams, diagram: Diagram, decided: Decided, path: Path) -> bool:
    """Whether a condition holds in an activation.

    A node that did not fire has no outcome, and nothing that can be true asks for it.
    """
    while not isinstance(diagram, bool):
        name = diagrams.names[diagram.variable]
        assert isinstance(name, tuple)
        outcome, domain = decided(name, path), diagrams.domains[diagram.variable]
        diagram = diagram.children[domain.index(outcome) if outcome in domain else 0]
    return diagram
