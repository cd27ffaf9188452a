"""Which dependencies become futures (design §6.3): greedily those that save more than they cost.

A barrier waits for all that is before it, so a series-parallel tree adds order where the order is
not series-parallel. One direct dependency u → v is dropped from the order, the rest is planned
again, and at run time u's branch tells v's branch that u has ended. That is sound where what the
tree orders and what the futures order form no cycle: all branches of a fork start, so that no
branch waits for one that has yet to begin.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from weft.compiler.options import MOST_FUTURES
from weft.compiler.schedule.arrangement import NEGLIGIBLE
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.draws import SPREAD, draws
from weft.compiler.schedule.poset import Poset, closed, covers
from weft.compiler.schedule.series_parallel import series_parallel
from weft.compiler.schedule.span import acyclic, critical_path, latest
from weft.compiler.schedule.tree import (
    Await,
    Future,
    Leaf,
    Parallel,
    Series,
    Tell,
    Tree,
    marks,
    preceding,
)

Pair = tuple[int, int]  # elements of an order, of which the second waits for the first
LARGE: Final = 128  # elements; the plan of more takes too long to be made again and again
_CANDIDATES: Final = 64
_PLANNED: Final = 6  # of them, with what durations may really be
_DRAWS: Final = 9


@dataclass(frozen=True, slots=True)
class Handed:
    """What a future carries, and when it is told and waited for."""

    carries: tuple[str, ...] = ()
    tell: Diagram = True
    wait: Diagram = True


# What each dropped pair has to hand over in what is left of the order; None where that cannot be.
Handover = Callable[[Poset, Sequence[Pair]], Sequence[Handed] | None]


def anything(order: Poset, pairs: Sequence[Pair]) -> Sequence[Handed]:
    """For orders without a program: nothing stands in the way."""
    return [Handed() for _ in pairs]


@dataclass(frozen=True, slots=True)
class _Plan:
    tree: Tree
    seconds: float  # on average over the draws
    pairs: tuple[Pair, ...] = ()
    gains: tuple[float, ...] = ()


@dataclass(slots=True)
class Planner:
    """Plans one order. `direct`: of each element those that it waits for itself; `seconds`:
    expected, per node; `price`: the seconds that a future must save to be worth its money.
    `latency`: the seconds that telling, and hearing, take."""

    order: Poset
    direct: Sequence[frozenset[int]]
    seconds: Mapping[str, float]
    handover: Handover = anything
    price: float = 0.0
    latency: float = 0.0
    spread: float = SPREAD

    def planned(self, most: int) -> Tree | None:
        """The tree with at most so many futures in it; None for nothing."""
        tree = series_parallel(self.order, self.seconds, self.spread)
        if tree is None or len(self.order.nodes) > LARGE:
            return tree
        runs = self._runs()
        best = _Plan(tree, fmean(latest(tree, run, self.latency) for run in runs))
        ideal = fmean(critical_path(self.order, run) for run in runs)
        for _ in range(min(most, MOST_FUTURES)):
            if best.seconds - ideal <= self.price:
                break
            found = self._better(best, runs)
            if found is None:
                break
            best = found
        return best.tree

    def _runs(self) -> list[dict[str, float]]:
        nodes = self.order.nodes
        drawn = draws([self.seconds[name] for name in nodes], _DRAWS, self.spread)
        count = len(drawn[0])
        return [{n: own[k] for n, own in zip(nodes, drawn, strict=True)} for k in range(count)]

    def _better(self, plan: _Plan, runs: list[dict[str, float]]) -> _Plan | None:
        """The best plan with one future more, if it is worth it.

        Plans for expected durations say which few candidates are planned with care.
        """
        drafts = [
            draft
            for pair in self._candidates(plan.pairs)
            if (draft := self._with(plan, pair, runs, 0.0)) is not None
        ]
        drafts.sort(key=lambda draft: draft.seconds)
        best: _Plan | None = None
        for draft in drafts[:_PLANNED]:
            found = self._with(plan, draft.pairs[-1], runs, self.spread) if self.spread else draft
            if found is None or found.gains[-1] <= self.price:
                continue
            if best is None or found.seconds < best.seconds - NEGLIGIBLE:
                best = found
        return best

    def _with(
        self, plan: _Plan, pair: Pair, runs: list[dict[str, float]], spread: float
    ) -> _Plan | None:
        """A plan with one future more; None where it must not be one."""
        pairs = (*plan.pairs, pair)
        rest = self._without(pairs)
        handed = self.handover(rest, pairs)
        if handed is None:
            return None
        bare = series_parallel(rest, self.seconds, spread)
        assert bare is not None, "an order keeps its elements"
        handed = [self._needed(bare, pair, held) for pair, held in zip(pairs, handed, strict=True)]
        tree = self._marked(bare, pairs, handed, (*plan.gains, 0.0))
        if not (acyclic(tree) and beside(tree)):
            return None
        seconds = fmean(latest(tree, run, self.latency) for run in runs)
        gains = (*plan.gains, plan.seconds - seconds)
        return _Plan(self._marked(bare, pairs, handed, gains), seconds, pairs, gains)

    def _needed(self, tree: Tree, pair: Pair, held: Handed) -> Handed:
        """Without what the tree happens to put before the target anyway."""
        there = set(preceding(tree, self.order.nodes[pair[1]]) or ())
        return replace(held, carries=tuple(name for name in held.carries if name not in there))

    def _candidates(self, taken: tuple[Pair, ...]) -> list[Pair]:
        """Direct dependencies, but for those that nothing else comes or goes beside."""
        order = self._without(taken)
        above = covers(order)
        below: dict[int, int] = {}
        for own in above:
            for other in own:
                below[other] = below.get(other, 0) + 1
        found = [
            (other, element)
            for element, own in enumerate(above)
            for other in own
            if (len(own) > 1 or below[other] > 1) and other in self.direct[element]
        ]
        return found[:_CANDIDATES]

    def _without(self, pairs: Sequence[Pair]) -> Poset:
        gone = set(pairs)
        kept = [
            [other for other in sorted(own) if (other, element) not in gone]
            for element, own in enumerate(self.direct)
        ]
        return closed(self.order.nodes, kept)

    def _marked(
        self, tree: Tree, pairs: Sequence[Pair], handed: Sequence[Handed], gains: Sequence[float]
    ) -> Tree:
        """The tree with each future told behind its source and awaited before its target."""
        nodes = self.order.nodes
        behind: dict[str, list[Tree]] = {}
        before: dict[str, list[Tree]] = {}
        for number, ((source, target), held) in enumerate(zip(pairs, handed, strict=True), 1):
            future = Future(str(number), nodes[source], nodes[target], held.carries)
            future = replace(future, gain=gains[number - 1])
            behind.setdefault(future.source, []).append(Tell(future, held.tell))
            before.setdefault(future.target, []).append(Await(future, held.wait))

        def marked(part: Tree) -> list[Tree]:
            match part:
                case Leaf(node=node):
                    return [*before.get(node, ()), part, *behind.get(node, ())]
                case Series(parts=parts):
                    return [one for inner in parts for one in marked(inner)]
                case Parallel(parts=parts):
                    return [Parallel(tuple(_series(marked(inner)) for inner in parts))]
                case _:
                    return [part]

        return _series(marked(tree))


def beside(tree: Tree) -> bool:
    """Whether each future is told in one branch and awaited in another: a sequence needs none."""
    if not isinstance(tree, Series | Parallel):
        return True
    if isinstance(tree, Series):
        names = [{mark.future.name for mark in marks(part)} for part in tree.parts]
        if len(set().union(*names)) < sum(map(len, names)):
            return False
    return all(beside(part) for part in tree.parts)


def _series(parts: list[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else Series(tuple(parts))
