"""A partial order as a series-parallel tree.

Lossless where the order is series-parallel: disconnected parts run in parallel, and a cut that
everything before precedes everything after is a sequence (Valdes, Tarjan, Lawler 1982). What is
left is connected without such a cut; there the first level runs before the rest, which adds
order but never changes a value (semantics §4.9, barrier safety).
"""

from dataclasses import dataclass
from typing import TypeAlias

from weft.compiler.schedule.poset import Poset


@dataclass(frozen=True, slots=True)
class Leaf:
    """One state."""

    node: str


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Parallel:
    """At the same time."""

    parts: "tuple[Tree, ...]"


Tree: TypeAlias = Leaf | Series | Parallel


def series_parallel(order: Poset) -> Tree | None:
    """The tree; None for nothing."""
    if not order.nodes:
        return None
    return _solve(order, list(range(len(order.nodes))))


def leaves(tree: Tree) -> list[str]:
    """The states of a tree, in order."""
    if isinstance(tree, Leaf):
        return [tree.node]
    return [name for part in tree.parts for name in leaves(part)]


def _solve(order: Poset, members: list[int]) -> Tree:
    if len(members) == 1:
        return Leaf(order.nodes[members[0]])
    groups = _components(order, members)
    if len(groups) > 1:
        return Parallel(tuple(_solve(order, group) for group in groups))
    segments = _segments(order, members)
    if len(segments) == 1:
        segments = _first_level(order, members)
    return Series(tuple(_flat_series(order, segments)))


def _flat_series(order: Poset, segments: list[list[int]]) -> list[Tree]:
    parts: list[Tree] = []
    for segment in segments:
        part = _solve(order, segment)
        parts.extend(part.parts if isinstance(part, Series) else (part,))
    return parts


def _components(order: Poset, members: list[int]) -> list[list[int]]:
    """Parts that no order relates, each in topological order, by their first member."""
    mask = _mask(members)
    groups: list[int] = []
    for member in members:
        own = order.before[member] & mask | 1 << member
        apart = []
        for group in groups:
            if group & own:
                own |= group
            else:
                apart.append(group)
        groups = [*apart, own]
    return sorted([m for m in members if group >> m & 1] for group in groups)


def _segments(order: Poset, members: list[int]) -> list[list[int]]:
    """Maximal sequence of parts, each wholly before the next."""
    after = [0] * (len(members) + 1)  # what precedes every member of the suffix
    after[-1] = -1
    for position in range(len(members) - 1, -1, -1):
        after[position] = after[position + 1] & order.before[members[position]]
    segments: list[list[int]] = [[]]
    prefix = 0
    for position, member in enumerate(members):
        if prefix and prefix & ~after[position] == 0:
            segments.append([])
        segments[-1].append(member)
        prefix |= 1 << member
    return segments


def _first_level(order: Poset, members: list[int]) -> list[list[int]]:
    mask = _mask(members)
    first = [member for member in members if not order.before[member] & mask]
    chosen = set(first)
    return [first, [member for member in members if member not in chosen]]


def _mask(members: list[int]) -> int:
    mask = 0
    for member in members:
        mask |= 1 << member
    return mask
