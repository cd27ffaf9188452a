"""Which states of a scope must follow which: data and control, through everything stateless."""

from dataclasses import dataclass

from weft.compiler.lower.activation import repeats
from weft.compiler.lower.program import Program
from weft.ir.flow import FlowEdge
from weft.ir.ops import ForEach, Repeat


@dataclass(frozen=True, slots=True)
class Poset:
    """The stated nodes of one scope in topological order; `before[k]` is a bit set of indices."""

    nodes: tuple[str, ...]
    before: tuple[int, ...]  # all ancestors, not only direct ones


def needs(program: Program) -> dict[str, frozenset[str]]:
    """For each node the stated nodes of its own scope that must have ended before it."""
    flow = program.flow
    sources: dict[str, set[str]] = {name: set() for name in flow.nodes}
    for edge in flow.edges:
        if not _returns(program, edge):
            sources[edge.target].add(edge.source)
    for producer, consumer in flow.references:
        sources[consumer].add(producer)
    found: dict[str, frozenset[str]] = {}
    for name, node in flow.nodes.items():
        collected: set[str] = set()
        for source in sources[name]:
            if flow.nodes[source].scope != node.scope:
                continue  # the loop around the node waits for it
            collected |= found[source]
            if source in program.stated:
                collected.add(source)
        found[name] = frozenset(collected)
    return found


def poset(program: Program, needed: dict[str, frozenset[str]], scope: str) -> Poset:
    """The order of one scope's states."""
    members = [
        name
        for name, node in program.flow.nodes.items()
        if node.scope == scope and name in program.stated
    ]
    index = {name: position for position, name in enumerate(members)}
    before: list[int] = []
    for name in members:
        ancestors = 0
        for other in needed[name]:
            ancestors |= before[index[other]] | 1 << index[other]
        before.append(ancestors)
    return Poset(tuple(members), tuple(before))


def _returns(program: Program, edge: FlowEdge) -> bool:
    op = program.flow.nodes[edge.target].op
    if isinstance(op, Repeat):
        return repeats(program.flow, edge)
    return isinstance(op, ForEach) and edge.target_port == op.back_port
