"""Which states of a scope must follow which: data and control, through everything stateless."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weft.compiler.lower.activation import repeats
from weft.compiler.lower.program import Program
from weft.ir.flow import FlowEdge
from weft.ir.ops import ForEach, Race, Repeat


@dataclass(frozen=True, slots=True)
class Poset:
    """The stated nodes of one scope in topological order; `before[k]` is a bit set of indices."""

    nodes: tuple[str, ...]
    before: tuple[int, ...]  # all ancestors, not only direct ones


@dataclass(frozen=True, slots=True)
class Needs:
    """What must have ended before each node, as bit sets over the stated nodes of its scope."""

    scope: Mapping[str, str]  # of every node
    stated: Mapping[str, tuple[str, ...]]  # of each scope, in topological order
    position: Mapping[str, int]  # of a stated node in its scope
    before: Mapping[str, int]  # of every node
    nearest: Mapping[str, int]  # of every node, those with nothing but stateless nodes between

    def __getitem__(self, name: str) -> list[str]:
        """The stated nodes of a node's own scope that must have ended before it."""
        own = self.before[name]
        nodes = self.stated.get(self.scope[name], ())
        return [other for index, other in enumerate(nodes) if own >> index & 1]

    def set_of(self, names: Iterable[str]) -> int:
        """Stated nodes of one scope as a bit set."""
        mask = 0
        for name in names:
            mask |= 1 << self.position[name]
        return mask

    def ended(self, name: str, done: int) -> bool:
        """Whether a stated node is in a set of those of its scope."""
        return name in self.position and bool(done >> self.position[name] & 1)

    def order(self, scope: str) -> Poset:
        """The order of one scope's states."""
        nodes = self.stated.get(scope, ())
        return Poset(nodes, tuple(self.before[name] for name in nodes))


def needs(program: Program) -> Needs:
    """For each node the stated nodes of its own scope that must have ended before it."""
    flow = program.flow
    sources: dict[str, list[str]] = {name: [] for name in flow.nodes}
    for edge in flow.edges:
        if not _returns(program, edge):
            sources[edge.target].append(edge.source)
    for producer, consumer in flow.references:
        sources[consumer].append(producer)
    stated: dict[str, list[str]] = {}
    position: dict[str, int] = {}
    before: dict[str, int] = {}
    nearest: dict[str, int] = {}
    for name, node in flow.nodes.items():
        mask = near = 0
        for source in sources[name]:
            if flow.nodes[source].scope != node.scope:
                continue  # the loop around the node waits for it
            mask |= before[source]
            near |= nearest[source] if source not in position else 0
            if source in position:
                mask |= 1 << position[source]
                near |= 1 << position[source]
        before[name], nearest[name] = mask, near
        if name in program.stated:
            position[name] = len(stated.setdefault(node.scope, []))
            stated[node.scope].append(name)
    scope = {name: node.scope for name, node in flow.nodes.items()}
    listed = {key: tuple(names) for key, names in stated.items()}
    return Needs(scope, listed, position, before, nearest)


def part_of(order: Poset, names: Sequence[str]) -> Poset:
    """The order of some of the nodes, among which are all that stand before one of them."""
    places = [k for k, name in enumerate(order.nodes) if name in names]
    before = [
        sum(1 << to for to, place in enumerate(places) if order.before[own] >> place & 1)
        for own in places
    ]
    return Poset(tuple(order.nodes[k] for k in places), tuple(before))


def closed(nodes: Sequence[str], sources: Iterable[Iterable[int]]) -> Poset:
    """The order that some pairs generate: `sources[k]` are indices below k."""
    before: list[int] = []
    for own in sources:
        mask = 0
        for source in own:
            mask |= before[source] | 1 << source
        before.append(mask)
    return Poset(tuple(nodes), tuple(before))


def covers(order: Poset) -> list[tuple[int, ...]]:
    """Of each element its direct predecessors: the transitive reduction, O(n) words per pair."""
    direct: list[tuple[int, ...]] = []
    for ancestors in order.before:
        own: list[int] = []
        while ancestors:  # what is last in a topological order has nothing between
            last = ancestors.bit_length() - 1
            own.append(last)
            ancestors &= ~(order.before[last] | 1 << last)
        direct.append(tuple(own))
    return direct


def _returns(program: Program, edge: FlowEdge) -> bool:
    op = program.flow.nodes[edge.target].op
    if isinstance(op, Repeat):
        return repeats(program.flow, edge)
    return isinstance(op, ForEach | Race) and edge.target_port == op.back_port
