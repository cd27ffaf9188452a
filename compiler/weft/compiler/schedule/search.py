"""The best plan found for a connected set without a cut for nothing, in a set number of steps.

Nested rollouts: every candidate cut is judged by what following the first candidate all the way
down makes of it, and the most promising are then searched in the same way inside. Up to
`EXHAUSTIVE` elements every cut is a candidate, which for known durations is the exact dynamic
programme over down-sets: the root of any series-parallel extension of such a set is a cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from weft.compiler.schedule.arrangement import NEGLIGIBLE, Arrangement, in_parallel, in_series, one
from weft.compiler.schedule.canonical import Canonical
from weft.compiler.schedule.cuts import MIXES, SLACKS, Cut, every_cut, paths, threshold_cuts
from weft.compiler.schedule.decompose import Members, consecutive, unrelated
from weft.compiler.schedule.draws import Spans

EXHAUSTIVE: Final = 8  # elements


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look. `levels`: of rollouts; `refined`: candidates searched on inside."""

    draws: int
    levels: int
    refined: int = 2
    slacks: tuple[float, ...] = SLACKS
    mixes: tuple[float, ...] = MIXES


@dataclass(slots=True)
class Search:
    """Plans for convex subsets of one order, each found once."""

    order: Canonical
    seconds: Sequence[Spans]
    effort: Effort
    _plans: dict[tuple[Members, int], Arrangement] = field(default_factory=dict)
    _cuts: dict[Members, tuple[float, list[Cut]]] = field(default_factory=dict)

    def best(self, members: Members, level: int) -> Arrangement:
        """The plan of a convex set; level 0 follows the first candidate only."""
        if len(members) == 1:
            return one(members[0], self.seconds[members[0]])
        if len(members) <= EXHAUSTIVE:
            level = 0  # every cut is tried anyway
        plan = self._plans.get((members, level))
        if plan is None:
            plan = self._plans[members, level] = self._decomposed(members, level)
        return plan

    def _decomposed(self, members: Members, level: int) -> Arrangement:
        parts = unrelated(self.order, members)
        if len(parts) > 1:
            return in_parallel([self.best(part, level) for part in parts])
        parts = consecutive(self.order, members)
        if len(parts) > 1:
            return in_series([self.best(part, level) for part in parts])
        return self.cut(members, level)

    def cut(self, members: Members, level: int) -> Arrangement:
        """The best cut found; no worse than by levels, as expected and on average."""
        ideal, cuts = self._candidates(members)
        by_level = level_plan(self.order, self.seconds, members)
        if level == 0 and len(members) > EXHAUSTIVE:
            plan = self._halves(cuts[0], 0)
            return plan if _better(plan, by_level, by_level) else by_level
        best = by_level if len(members) <= EXHAUSTIVE else self.best(members, level - 1)
        inside = max(0, level - 1)
        tried: list[tuple[float, Cut]] = []
        for candidate in cuts:
            if best.total <= ideal + NEGLIGIBLE or candidate.bound >= best.total - NEGLIGIBLE:
                break
            plan = self._halves(candidate, inside)
            tried.append((plan.total, candidate))
            if _better(plan, best, by_level):
                best = plan
        if inside == level:
            return best
        tried.sort(key=lambda pair: pair[0])
        for _, candidate in tried[: self.effort.refined]:
            if candidate.bound < best.total - NEGLIGIBLE:
                plan = self._halves(candidate, level)
                if _better(plan, best, by_level):
                    best = plan
        return best

    def _halves(self, cut: Cut, level: int) -> Arrangement:
        return in_series([self.best(cut.first, level), self.best(cut.rest, level)])

    def _candidates(self, members: Members) -> tuple[float, list[Cut]]:
        """The bound that no plan beats, and cuts to try."""
        known = self._cuts.get(members)
        if known is None:
            found = paths(self.order, self.seconds, members)
            if len(members) <= EXHAUSTIVE:
                cuts = every_cut(self.order, found, members)
            else:
                cuts = threshold_cuts(found, members, self.effort.slacks, self.effort.mixes)
            known = self._cuts[members] = (sum(found.longest), cuts)
        return known


def level_plan(order: Canonical, seconds: Sequence[Spans], members: Members) -> Arrangement:
    """Each element with those as deep as it, one level after the other."""
    depth: dict[int, int] = {}
    rows: list[list[Arrangement]] = []
    for member in members:
        own = max((depth.get(other, -1) for other in order.above[member]), default=-1) + 1
        depth[member] = own
        if own == len(rows):
            rows.append([])
        rows[own].append(one(member, seconds[member]))
    return in_series([in_parallel(row) if len(row) > 1 else row[0] for row in rows])


def _better(plan: Arrangement, than: Arrangement, by_level: Arrangement) -> bool:
    """Less on average over the draws, and no worse than levels in what is expected."""
    if plan.spans[0] > by_level.spans[0] + NEGLIGIBLE:
        return False
    return plan.total < than.total - NEGLIGIBLE
