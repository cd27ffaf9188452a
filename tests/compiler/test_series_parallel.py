"""Series-parallel trees keep every order, add none where none is needed, and cost little time."""

import random
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.orders import Pairs, asked, ordered, orders, timed_orders

from weft.bench.posets import FAMILIES, Timed, skewed
from weft.bench.spans import levels
from weft.compiler.schedule.poset import Poset, closed
from weft.compiler.schedule.series_parallel import series_parallel
from weft.compiler.schedule.span import certificate, critical_path, span
from weft.compiler.schedule.tree import Leaf, Parallel, Series, Tree, leaves

N_GRAPH = closed("abcd", [[], [], [0], [0, 1]])  # a→c, a→d, b→d: the least that is not one


def planned(order: Poset, seconds: dict[str, float], spread: float = 0.8) -> Tree:
    tree = series_parallel(order, seconds, spread)
    assert tree is not None
    return tree


def unit(order: Poset) -> dict[str, float]:
    return dict.fromkeys(order.nodes, 1.0)


@given(timed_orders())
def test_every_pair_of_the_order_is_kept_and_every_node_is_there_once(
    timed: tuple[Poset, dict[str, float]],
) -> None:
    order, seconds = timed
    tree = planned(order, seconds)
    assert sorted(leaves(tree)) == sorted(order.nodes)
    assert asked(order) <= ordered(tree)


@pytest.mark.parametrize("family", FAMILIES)
def test_large_orders_are_kept_too(family: str) -> None:
    chance = random.Random(3)
    timed = skewed(chance, FAMILIES[family](chance, 400))
    tree = planned(timed.order, dict(timed.seconds))
    position = {name: index for index, name in enumerate(leaves(tree))}
    assert len(position) == 400
    assert asked(timed.order) <= ordered(tree)
    assert span(tree, timed.seconds) <= span(levels(timed), timed.seconds)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> tuple[list[str], Pairs]:
    """A random series-parallel order: its nodes in order, its pairs."""
    counter = iter(range(100))

    def build(level: int) -> tuple[list[str], Pairs]:
        if level == 0 or draw(st.booleans()):
            return [f"n{next(counter)}"], set()
        parts = [build(level - 1) for _ in range(draw(st.integers(2, 3)))]
        names = [name for group, _ in parts for name in group]
        pairs = {pair for _, found in parts for pair in found}
        if draw(st.booleans()):
            for index, (group, _) in enumerate(parts):
                for later, _ in parts[index + 1 :]:
                    pairs |= {(a, b) for a in group for b in later}
        return names, pairs

    return build(depth)


@given(trees())
def test_a_series_parallel_order_gains_no_pair(made: tuple[list[str], Pairs]) -> None:
    names, pairs = made
    index = {name: position for position, name in enumerate(names)}
    order = closed(names, [[index[a] for a, b in pairs if b == name] for name in names])
    assert ordered(planned(order, unit(order))) == pairs


@given(timed_orders(most=7))
@settings(max_examples=60, deadline=None)
def test_with_known_durations_a_small_order_takes_the_least_time_of_all_trees(
    timed: tuple[Poset, dict[str, float]],
) -> None:
    order, seconds = timed
    tree = planned(order, seconds, spread=0)
    assert span(tree, seconds) == least_span(order, seconds)


def least_span(order: Poset, seconds: dict[str, float]) -> float:
    """The least over every series-parallel extension, by trying them all."""

    def before(a: int, b: int) -> bool:
        return bool(order.before[b] >> a & 1)

    @cache
    def least(members: frozenset[int]) -> float:
        if len(members) == 1:
            return seconds[order.nodes[min(members)]]
        found = []
        for size in range(1, len(members)):
            for chosen in combinations(sorted(members), size):
                first = frozenset(chosen)
                rest = members - first
                if not any(before(b, a) for a in first for b in rest):
                    found.append(least(first) + least(rest))
                    if not any(before(a, b) for a in first for b in rest):
                        found.append(max(least(first), least(rest)))
        return min(found)

    return least(frozenset(range(len(order.nodes))))


@given(timed_orders(most=25), st.sampled_from([0.0, 0.8]))
@settings(max_examples=60, deadline=None)
def test_a_tree_is_never_slower_than_barriers_between_levels(
    timed: tuple[Poset, dict[str, float]], spread: float
) -> None:
    order, seconds = timed
    by_levels = span(levels(Timed(order, seconds)), seconds)
    assert span(planned(order, seconds, spread), seconds) <= by_levels + 1e-9


def test_the_smallest_hard_order_costs_a_third_whatever_one_does() -> None:
    seconds = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 1.0}
    found = certificate(N_GRAPH, planned(N_GRAPH, seconds), seconds)
    assert (found.span, found.ideal) == (4.0, 3.0)
    assert found.ratio == 4 / 3


def test_durations_decide_which_order_is_added() -> None:
    slow_ends = planned(N_GRAPH, {"a": 3.0, "b": 5.0, "c": 9.0, "d": 1.0}, spread=0)
    slow_starts = planned(N_GRAPH, {"a": 9.0, "b": 9.0, "c": 1.0, "d": 1.0}, spread=0)
    a, b, c, d = (Leaf(name) for name in N_GRAPH.nodes)
    assert slow_ends == Series((a, Parallel((Series((b, d)), c))))
    assert slow_starts == Series((Parallel((a, b)), Parallel((c, d))))


def shape(tree: Tree, seconds: dict[str, float]) -> object:
    """The tree without names; what runs in parallel in no order."""
    if isinstance(tree, Leaf):
        return seconds[tree.node]
    assert isinstance(tree, Series | Parallel)
    parts = [shape(part, seconds) for part in tree.parts]
    return (
        ("series", *parts) if isinstance(tree, Series) else ("parallel", *sorted(parts, key=repr))
    )


@given(st.integers(0, 10_000), st.sampled_from(sorted(FAMILIES)))
@settings(max_examples=25, deadline=None)
def test_names_and_the_order_of_listing_do_not_change_the_shape(seed: int, family: str) -> None:
    chance = random.Random(seed)
    order = FAMILIES[family](chance, 24)
    seconds = {name: chance.uniform(0.1, 9) for name in order.nodes}
    waiting, new = set(range(24)), list[int]()  # a random topological listing, other names
    while waiting:
        free = [k for k in sorted(waiting) if not any(order.before[k] >> w & 1 for w in waiting)]
        new.append(chance.choice(free))
        waiting.discard(new[-1])
    position = {k: index for index, k in enumerate(new)}
    sources = [[position[a] for a in range(24) if order.before[k] >> a & 1] for k in new]
    other = closed([f"x{k}" for k in range(24)], sources)
    renamed = {f"x{index}": seconds[order.nodes[k]] for index, k in enumerate(new)}
    assert shape(planned(order, seconds), seconds) == shape(planned(other, renamed), renamed)


@given(orders())
def test_planning_twice_gives_the_same_tree(order: Poset) -> None:
    assert planned(order, unit(order)) == planned(order, unit(order))


def test_a_long_chain_and_a_deep_nest_need_no_deep_stack() -> None:
    chain = closed([f"n{k}" for k in range(10_000)], [[k - 1] if k else [] for k in range(10_000)])
    assert leaves(planned(chain, unit(chain))) == list(chain.nodes)
    nest: list[list[int]] = [[]]  # each stem splits into a leaf and the next stem
    for k in range(1_500):
        nest += [[2 * k], [2 * k]]
    deep = closed([f"n{k}" for k in range(len(nest))], nest)
    assert span(planned(deep, unit(deep)), unit(deep)) == critical_path(deep, unit(deep)) == 1_501


def test_independent_nodes_run_in_parallel_as_listed() -> None:
    order = closed("ba", [[], []])
    assert planned(order, {"a": 1.0, "b": 2.0}) == Parallel((Leaf("b"), Leaf("a")))


def test_nothing_has_no_tree() -> None:
    assert series_parallel(Poset((), ()), {}) is None
    assert certificate(Poset((), ()), None, {}).ratio == 1
