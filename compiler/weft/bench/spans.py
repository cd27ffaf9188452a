"""Span ÷ ideal: how much longer a schedule takes than the longest path of its order."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from weft.bench.posets import FAMILIES, Timed, drawn, equal, skewed
from weft.compiler.schedule.draws import SPREAD
from weft.compiler.schedule.futures import Planner
from weft.compiler.schedule.poset import Poset, covers
from weft.compiler.schedule.series_parallel import series_parallel
from weft.compiler.schedule.span import critical_path, latest, span
from weft.compiler.schedule.tree import Leaf, Parallel, Series, Tree

SIZES: Final = (5, 60)  # nodes of a random order
MIDDLE: Final = (10, 30)  # where futures are looked at
DRAWS: Final = 40  # of what its nodes really take


@dataclass(frozen=True, slots=True)
class Inflation:
    """Span ÷ ideal of one way to schedule, over the orders of one family."""

    family: str
    durations: str  # "skewed" or "equal"
    schedule: str
    mean: float
    p95: float
    worst: float


Scheduler = Callable[[Timed], Tree]


def sequence(timed: Timed) -> Tree:
    """One after the other."""
    return Series(tuple(Leaf(name) for name in timed.order.nodes))


def levels(timed: Timed) -> Tree:
    """A barrier after each level: what most compilers to state machines do."""
    depth: list[int] = []
    rows: dict[int, list[Tree]] = {}
    for name, direct in zip(timed.order.nodes, covers(timed.order), strict=True):
        depth.append(max((depth[other] for other in direct), default=-1) + 1)
        rows.setdefault(depth[-1], []).append(Leaf(name))
    return Series(tuple(Parallel(tuple(row)) for _, row in sorted(rows.items())))


def robust(timed: Timed) -> Tree:
    """Ours, knowing the expected durations only."""
    return _planned(timed.order, timed.seconds)


SCHEDULERS: Final[Mapping[str, Scheduler]] = {
    "sequence": sequence,
    "levels": levels,
    "ours": robust,
}


def uncertain(family: str, durations: str, graphs: int = 60) -> list[Inflation]:
    """Plans from expected durations, then runs with drawn ones; one row per scheduler."""
    ratios: dict[str, list[float]] = {name: [] for name in SCHEDULERS}
    for timed, chance in _orders(family, durations, graphs):
        runs = [drawn(chance, timed.seconds) for _ in range(DRAWS)]
        ideals = [critical_path(timed.order, run) for run in runs]
        for name, scheduler in SCHEDULERS.items():
            tree = scheduler(timed)
            ratios[name] += [
                span(tree, run) / ideal for run, ideal in zip(runs, ideals, strict=True)
            ]
    return [_row(family, durations, name, found) for name, found in ratios.items()]


def known(family: str, durations: str, graphs: int = 60) -> Inflation:
    """Plans that know what each node takes, lognormal around its class: one draw per order."""
    ratios = []
    for timed, chance in _orders(family, durations, graphs):
        run = drawn(chance, timed.seconds)
        tree = _planned(timed.order, run, spread=0)
        ratios.append(span(tree, run) / critical_path(timed.order, run))
    return _row(family, durations, "ours", ratios)


def with_futures(family: str, durations: str, graphs: int = 60) -> list[Inflation]:
    """Plans that know what each node takes, with none to two futures that cost nothing."""
    ratios: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for timed, chance in _orders(family, durations, graphs, MIDDLE):
        run = drawn(chance, timed.seconds)
        direct = [frozenset(own) for own in covers(timed.order)]
        planner = Planner(timed.order, direct, run, spread=0)
        ideal = critical_path(timed.order, run)
        for most, found in ratios.items():
            tree = planner.planned(most)
            assert tree is not None, "no family makes an empty order"
            found.append(latest(tree, run, 0.0) / ideal)
    rows = ratios.items()
    return [_row(family, durations, f"ours, {most} futures", found) for most, found in rows]


def every_future(graphs: int = 60) -> Iterator[Inflation]:
    """The rows with futures, for the families that look like workflows."""
    for family in ("n8n-like", "layered"):
        yield from with_futures(family, "skewed", graphs)


def every_family(graphs: int = 60) -> Iterator[Inflation]:
    """All rows under uncertain durations, family by family."""
    for family in FAMILIES:
        for durations in ("skewed", "equal"):
            yield from uncertain(family, durations, graphs)


def _orders(
    family: str, durations: str, graphs: int, sizes: tuple[int, int] = SIZES
) -> Iterator[tuple[Timed, random.Random]]:
    """Random orders of one family, each with its own chance: the same every time."""
    for number in range(graphs):
        chance = random.Random(f"{family}/{durations}/{number}")  # noqa: S311  (not a secret)
        order = FAMILIES[family](chance, chance.randint(*sizes))
        yield (skewed(chance, order) if durations == "skewed" else equal(order)), chance


def _planned(order: Poset, seconds: Mapping[str, float], spread: float = SPREAD) -> Tree:
    tree = series_parallel(order, seconds, spread)
    assert tree is not None, "no family makes an empty order"
    return tree


def _row(family: str, durations: str, schedule: str, ratios: list[float]) -> Inflation:
    ordered = sorted(ratios)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return Inflation(family, durations, schedule, fmean(ordered), p95, ordered[-1])
