"""A partial order as a series-parallel tree.

Lossless where the order is series-parallel: disconnected parts run in parallel, and a cut that
everything before precedes everything after is a sequence (Valdes, Tarjan, Lawler 1982). What is
left is connected without such a cut and must be given one, which adds order but never changes a
value (semantics §4.9, barrier safety); `search` looks for the cuts that cost the least time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from weft.compiler.schedule.arrangement import Arrangement, in_parallel, in_series, one, tree_of
from weft.compiler.schedule.canonical import Canonical, canonical
from weft.compiler.schedule.cuts import paths, threshold_cuts
from weft.compiler.schedule.decompose import Members, consecutive, unrelated
from weft.compiler.schedule.draws import SPREAD, Spans, draws
from weft.compiler.schedule.poset import Poset
from weft.compiler.schedule.search import Effort, Search, level_plan
from weft.compiler.schedule.tree import Tree

# The more there is to plan the less each part gets: up to that many elements of a part times
# elements of the order. Counted, not timed: the same order gives the same tree.
_EFFORTS: Final = (
    (2_000, Effort(draws=33, levels=1)),
    (5_000, Effort(draws=17, levels=1)),
    (50_000, Effort(draws=9, levels=1, mixes=(0.5,))),
    (10**18, Effort(draws=3, levels=0, slacks=(0.1,), mixes=(0.5,))),
)
_LARGE: Final = 128  # elements; more are cut in two at once, with what is expected only
_SLACK: Final = 0.3  # for those: even cuts, because the halves will be cut again


def series_parallel(
    order: Poset, seconds: Mapping[str, float], spread: float = SPREAD
) -> Tree | None:
    """The tree, planned with expected seconds per node; None for nothing.

    `spread`: sigma of the lognormal that real durations follow; 0: they are as expected. By the
    expected durations the tree is never slower than barriers between levels.
    """
    if not order.nodes:
        return None
    expected = [seconds[name] for name in order.nodes]
    numbered = canonical(order, expected)
    work = _Decomposition(numbered, [expected[k] for k in numbered.index], spread)
    return tree_of(work.plan(), order.nodes, numbered.index)


@dataclass(slots=True)
class _Open:
    """A part whose own parts are being planned."""

    parallel: bool
    waiting: list[Members]  # the next one last
    members: Members = ()  # of a cut that cost something
    done: list[Arrangement] = field(default_factory=list)


@dataclass(slots=True)
class _Decomposition:
    """Without recursion: an order may nest as deep as it is long."""

    order: Canonical
    expected: list[float]
    spread: float
    searches: dict[Effort, Search] = field(default_factory=dict)

    def plan(self) -> Arrangement:
        """The plan of the whole order; its spans are the expected ones."""
        root = _Open(False, [tuple(range(len(self.expected)))])
        stack = [root]
        while stack:
            current = stack[-1]
            if current.waiting:
                step = self._step(current.waiting.pop())
                if isinstance(step, _Open):
                    stack.append(step)
                else:
                    current.done.append(step)
            else:
                stack.pop()
                if stack:
                    stack[-1].done.append(self._closed(current))
        return root.done[0]

    def _step(self, members: Members) -> Arrangement | _Open:
        if len(members) == 1:
            return one(members[0], (self.expected[members[0]],))
        parts = unrelated(self.order, members)
        if len(parts) > 1:
            return _Open(True, parts[::-1])
        parts = consecutive(self.order, members)
        if len(parts) > 1:
            return _Open(False, parts[::-1])
        if len(members) <= _LARGE:
            return self._searched(members)
        found = paths(self.order, self._expected(), members)
        cut = threshold_cuts(found, members, (_SLACK,), (0.5,))[0]
        return _Open(False, [cut.rest, cut.first], members)

    def _closed(self, part: _Open) -> Arrangement:
        plan = in_parallel(part.done) if part.parallel else in_series(part.done)
        if part.members:
            by_level = level_plan(self.order, self._expected(), part.members)
            return by_level if by_level.total < plan.total else plan
        return plan

    def _searched(self, members: Members) -> Arrangement:
        work = len(members) * len(self.expected)
        effort = next(effort for limit, effort in _EFFORTS if work <= limit)
        search = self.searches.get(effort)
        if search is None:
            drawn = draws(self.expected, effort.draws, self.spread)
            search = self.searches[effort] = Search(self.order, drawn, effort)
        plan = search.cut(members, effort.levels)
        return replace(plan, spans=plan.spans[:1])

    def _expected(self) -> list[Spans]:
        return [(mean,) for mean in self.expected]
