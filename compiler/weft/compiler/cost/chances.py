"""How likely things are decided one way or another, where nobody has measured it.

Decisions are taken to be uniform, each by itself; errors that a branch handles, and answers that do
not come in time, to be rare. Figures from real runs take their place by node.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from weft.compiler.cost.reach import CAUGHT, LATE
from weft.compiler.lower.activation import OK
from weft.compiler.schedule.diagrams import Diagram, Diagrams, Outcome
from weft.ir.flow import Flow
from weft.ir.ops import ERROR_PORT, Invoke, Repeat

ERRORS = 0.01  # of the calls whose errors a branch handles
TIMEOUTS = 0.05  # of the approvals with a time limit
ITEMS = 10.0  # of a for-each
ROUNDS = 3.0  # of a loop


@dataclass(frozen=True, slots=True)
class Chances:
    """`known`: variable → outcome → share of 1, as measured; the rest is assumed as above."""

    flow: Flow
    diagrams: Diagrams
    known: Mapping[Hashable, Mapping[Outcome, float]] = field(default_factory=dict)
    items: float = ITEMS
    _counted: dict[int, float] = field(default_factory=dict, init=False, compare=False, repr=False)

    def of(self, variable: int) -> tuple[float, ...]:
        """The chance of each outcome of a variable, in the order of its domain."""
        name, domain = self.diagrams.names[variable], self.diagrams.domains[variable]
        measured = self.known.get(name)
        weights = [
            self._weight(name, o) if measured is None else measured.get(o, 0.0) for o in domain
        ]
        free = [k for k, weight in enumerate(weights) if weight < 0]
        rest = max(0.0, 1.0 - sum(weight for weight in weights if weight >= 0))
        for k in free:
            weights[k] = rest / len(free)
        total = sum(weights)
        return tuple(weight / total for weight in weights)

    def _weight(self, name: Hashable, outcome: Outcome) -> float:
        """A share, or -1 for an equal part of what the others leave."""
        if isinstance(name, tuple) and name[1] in (CAUGHT, LATE):
            share = ERRORS if name[1] == CAUGHT else TIMEOUTS
            return share if outcome == "yes" else -1.0
        node = self.flow.nodes.get(name[0]) if isinstance(name, tuple) else None
        if node is None or not isinstance(node.op, Invoke):
            return -1.0
        if outcome == ERROR_PORT:
            return ERRORS
        if outcome == node.op.timeout_port and outcome is not None:
            return TIMEOUTS
        if outcome is None and node.op.routes:
            return 0.0
        return -1.0 if outcome != OK or not node.op.routes else 0.0

    def times(self, loops: Sequence[str]) -> float:
        """How often what is inside loops runs each time the outermost is come to."""
        ops = (self.flow.nodes[loop].op for loop in loops)
        return math.prod(
            min(ROUNDS, op.rounds) if isinstance(op, Repeat) else self.items for op in ops
        )

    def probability(self, diagram: Diagram, given: Mapping[int, int] | None = None) -> float:
        """Weighted model count. `given`: variable → position of the outcome it is known to have."""
        if isinstance(diagram, bool):
            return float(diagram)
        known = self._counted if given is None else {}
        stack = [diagram]
        while stack:  # without recursion: as many decisions may follow each other as fit a graph
            at = stack[-1]
            missing = [
                child
                for child in at.children
                if not isinstance(child, bool) and id(child) not in known
            ]
            if missing:
                stack += missing
                continue
            stack.pop()
            fixed = (given or {}).get(at.variable)
            shares = self.of(at.variable)
            known[id(at)] = (
                _worth(at.children[fixed], known)
                if fixed is not None
                else sum(
                    s * _worth(c, known) for s, c in zip(shares, at.children, strict=True) if s
                )
            )
        return known[id(diagram)]


def _worth(diagram: Diagram, known: Mapping[int, float]) -> float:
    return float(diagram) if isinstance(diagram, bool) else known[id(diagram)]
