"""Where to cut what is connected and has no cut for nothing: a part first, then the rest.

The bound of a cut is the longest path of its first part plus that of the rest. For given
durations, a bound that is least among all cuts is found among those that take every element whose
longest path up to it (its head) is at most some length; with many draws there is no such rule, so
several orderings are scanned, each a mix of head and tail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import add
from typing import Final

from weft.compiler.schedule.arrangement import NEGLIGIBLE
from weft.compiler.schedule.canonical import Canonical
from weft.compiler.schedule.decompose import Members
from weft.compiler.schedule.draws import Spans

# How much more than the least bound a cut may have, if it is the most even one for that: a least
# bound alone peels off slivers. As shares of the longest path.
SLACKS: Final = (0.0, 0.03, 0.1, 0.2, 0.3, 0.45)
MIXES: Final = (1.0, 0.5, 0.0)  # of head against tail: cut as late, as evenly, as early as can be


@dataclass(frozen=True, slots=True)
class Cut:
    """A down-set of some members, and the others. `bound`: a sum over all draws."""

    bound: float
    first: Members
    rest: Members


@dataclass(frozen=True, slots=True)
class Paths:
    """Of each member the longest paths up to it and from it, itself included."""

    heads: dict[int, Spans]
    tails: dict[int, Spans]
    longest: Spans


def paths(order: Canonical, seconds: Sequence[Spans], members: Members) -> Paths:
    """Longest paths inside a convex set."""
    heads = _longest(order.above, seconds, members)
    tails = _longest(order.below, seconds, members[::-1])
    longest = tuple(map(max, *heads.values())) if len(members) > 1 else heads[members[0]]
    return Paths(heads, tails, longest)


def threshold_cuts(
    found: Paths, members: Members, slacks: Sequence[float], mixes: Sequence[float]
) -> list[Cut]:
    """For each mix and slack the most even cut within the slack; those of least bound first."""
    heads = {member: sum(spans) for member, spans in found.heads.items()}
    tails = {member: sum(spans) for member, spans in found.tails.items()}
    allowed = [slack * sum(found.longest) + NEGLIGIBLE for slack in sorted(slacks)]
    cuts: dict[Members, Cut] = {}
    for mix in mixes:
        keys = {m: mix * heads[m] - (1 - mix) * tails[m] for m in members}
        listed = sorted(members, key=keys.__getitem__)  # stable: topological where keys tie
        for bound, size in _most_even(_prefixes(found, listed), allowed):
            first = tuple(sorted(listed[:size]))
            if first not in cuts:
                cuts[first] = Cut(bound, first, tuple(sorted(listed[size:])))
    return sorted(cuts.values(), key=lambda cut: (cut.bound, cut.first))


def every_cut(order: Canonical, found: Paths, members: Members) -> list[Cut]:
    """All cuts of a small set; those of least bound first."""
    cuts = []
    everything = frozenset(members)
    reached: set[frozenset[int]] = {frozenset()}
    layer = set(reached)
    while layer:
        layer = {
            taken | {member}
            for taken in layer
            for member in members
            if member not in taken
            and all(other in taken for other in order.above[member] if other in everything)
        }
        reached |= layer
    for taken in reached - {frozenset(), everything}:
        first = tuple(sorted(taken))
        rest = tuple(member for member in members if member not in taken)
        before = tuple(map(max, *(found.heads[m] for m in first), found.heads[first[0]]))
        after = tuple(map(max, *(found.tails[m] for m in rest), found.tails[rest[0]]))
        cuts.append(Cut(sum(before) + sum(after), first, rest))
    return sorted(cuts, key=lambda cut: (cut.bound, cut.first))


def _longest(
    near: Sequence[tuple[int, ...]], seconds: Sequence[Spans], listed: Members
) -> dict[int, Spans]:
    longest: dict[int, Spans] = {}
    for member in listed:
        spans: Spans | None = None
        for other in near[member]:
            reached = longest.get(other)
            if reached is not None:
                spans = reached if spans is None else tuple(map(max, spans, reached))
        own = seconds[member]
        longest[member] = own if spans is None else tuple(map(add, spans, own))
    return longest


def _prefixes(found: Paths, listed: list[int]) -> list[tuple[float, float, int]]:
    """Of each proper prefix its bound, how uneven it is, and its size."""
    after = [0.0] * len(listed)
    spans = found.tails[listed[-1]]
    for position in range(len(listed) - 1, 0, -1):
        spans = tuple(map(max, spans, found.tails[listed[position]]))
        after[position] = sum(spans)
    rows = []
    spans = found.heads[listed[0]]
    for size in range(1, len(listed)):
        spans = tuple(map(max, spans, found.heads[listed[size - 1]]))
        before = sum(spans)
        rows.append((before + after[size], abs(before - after[size]), size))
    return rows


def _most_even(
    rows: list[tuple[float, float, int]], allowed: list[float]
) -> Iterator[tuple[float, int]]:
    """Bound and size of the most even row within each allowance over the least bound."""
    rows.sort()
    best = rows[0]
    position = 0
    for allowance in allowed:
        limit = rows[0][0] + allowance
        while position < len(rows) and rows[position][0] <= limit:
            if rows[position][1] < best[1] - NEGLIGIBLE:
                best = rows[position]
            position += 1
        yield best[0], best[2]
