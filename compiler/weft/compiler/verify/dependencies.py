"""What must have ended before a node, straight from the graph, and what an expression rests on.

Sets of nodes are bit sets: over graphs of thousands of nodes nothing else is quick enough.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from weft.compiler.lower.program import Program, is_fact, node_of
from weft.expressions.ast import Expr, Lambda, Literal, Ref, RefKind, Var
from weft.expressions.references import children
from weft.ir.flow import TOP, Flow, FlowEdge
from weft.ir.ops import ForEach, Race, Repeat


def _bits(program: Program) -> dict[str, int]:
    """A bit for each node with a state."""
    return {
        name: 1 << k for k, name in enumerate(n for n in program.flow.nodes if n in program.stated)
    }


def _ends_a_round(flow: Flow, edge: FlowEdge) -> bool:
    """Whether an edge leads from inside a loop back to it."""
    scope = flow.nodes[edge.source].scope
    while scope not in (TOP, edge.target):
        scope = flow.nodes[scope].scope
    op = flow.nodes[edge.target].op
    own = edge.source == edge.target and isinstance(op, ForEach)
    return isinstance(op, ForEach | Repeat | Race) and (own or scope == edge.target)


@dataclass(slots=True)
class Dependencies:
    """For each node the nearest nodes with a state before it in its own scope.

    The nearest do: a tree that keeps each step keeps the whole order.
    """

    program: Program
    _nearest: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        flow, bits = self.program.flow, _bits(self.program)
        sources: dict[str, set[str]] = {name: set() for name in flow.nodes}
        for edge in flow.edges:
            if not _ends_a_round(flow, edge):
                sources[edge.target].add(edge.source)
        for producer, consumer in flow.references:
            sources[consumer].add(producer)
        for name, node in flow.nodes.items():
            found = 0
            for source in sources[name]:
                if flow.nodes[source].scope == node.scope:
                    found |= bits.get(source) or self._nearest[source]
            self._nearest[name] = found

    def of(self, name: str) -> int:
        """The nodes that must have ended."""
        return self._nearest[name]


@dataclass(slots=True)
class Recorded:
    """Which recorded facts symbols and expressions rest on; remembered per symbol."""

    program: Program
    bit: dict[str, int] = field(init=False)
    _loops: dict[str, int] = field(init=False)
    _known: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bit = _bits(self.program)
        nodes = self.program.flow.nodes.values()
        loops = [n.id for n in nodes if isinstance(n.op, ForEach | Repeat | Race)]
        self._loops = {name: 1 << len(self.bit) + k for k, name in enumerate(loops)}

    def iteration(self, loop: str) -> int:
        """What is recorded inside a loop besides: which iteration it is."""
        return self._loops[loop]

    def names(self, found: int) -> str:
        """The nodes of a set, for a message."""
        every = [*self.bit.items(), *self._loops.items()]
        return ", ".join(dict.fromkeys(name for name, bit in every if found & bit))

    def under(self, exprs: Iterable[Expr]) -> int:
        """What expressions rest on."""
        found = 0
        for name in _symbols(exprs):
            found |= self._of(name)
        return found

    def _of(self, symbol: str) -> int:
        """Without recursion: chains of definitions can be long."""
        stack: list[tuple[str, Iterator[str]]] = []
        if symbol not in self._known:
            stack.append((symbol, self._below(symbol)))
        while stack:
            name, rest = stack[-1]
            for needed in rest:
                if needed not in self._known:
                    stack.append((needed, self._below(needed)))
                    break
                self._known[name] |= self._known[needed]
            else:
                stack.pop()
                if stack:
                    self._known[stack[-1][0]] |= self._known[name]
        return self._known[symbol]

    def _below(self, name: str) -> Iterator[str]:
        """The symbols under one, whose own facts are entered."""
        definition = self.program.definitions.get(name)
        if definition is not None:
            self._known[name] = 0
            return iter(_symbols([definition]))
        assert is_fact(name), name
        node = node_of(name)
        self._known[name] = self._loops[node] if name[0] in "ik" else self.bit[node]
        return iter(())


def _symbols(exprs: Iterable[Expr]) -> set[str]:
    found: set[str] = set()
    pending: list[Expr | Lambda] = list(exprs)
    while pending:
        part = pending.pop()
        if isinstance(part, Ref):
            if part.kind is RefKind.SYMBOL:
                found.add(part.name)
        elif not isinstance(part, Literal | Var):
            pending += children(part)
    return found
