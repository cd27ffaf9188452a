"""Which states of a scope must follow which: data and control, through everything stateless."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from weft.compiler.lower.program import Program
from weft.ir.flow import FlowEdge
from weft.ir.ops import ForEach


@dataclass(frozen=True, slots=True)
class Poset:
    """The stated nodes of one scope in topological order; `before[k]` is a bit set of indices."""

    nodes: tuple[str, ...]
    before: tuple[int, ...]  # all ancestors, not only direct ones


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
