"""Series cuts and unrelated parts are found as their definitions say; paths are the longest."""

import itertools
import random

import pytest

from weft.bench.posets import FAMILIES
from weft.compiler.schedule.canonical import Canonical, canonical
from weft.compiler.schedule.cuts import every_cut, paths, threshold_cuts
from weft.compiler.schedule.decompose import Members, consecutive, unrelated
from weft.compiler.schedule.poset import closed, covers

SEEDS = range(75)


def numbered(family: str, seed: int) -> Canonical:
    chance = random.Random(seed)
    order = FAMILIES[family](chance, chance.randint(1, 25))
    return canonical(order, [1.0] * len(order.nodes))


def all_before(order: Canonical) -> list[set[int]]:
    before: list[set[int]] = []
    for own in order.above:
        before.append(set(own).union(*(before[other] for other in own)))
    return before


@pytest.mark.parametrize("family", FAMILIES)
def test_the_scan_finds_each_prefix_that_wholly_precedes_the_rest(family: str) -> None:
    found = 0
    for seed in SEEDS:
        order = numbered(family, seed)
        before = all_before(order)
        for part in unrelated(order, tuple(range(len(order.index)))):
            cuts = [
                size
                for size in range(1, len(part))
                if all(before[b] >= set(part[:size]) for b in part[size:])
            ]
            ends = [0, *cuts, len(part)]
            expected = [part[a:b] for a, b in itertools.pairwise(ends)]
            assert consecutive(order, part) == expected
            found += len(cuts)
    assert found > 10


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_are_unrelated_and_cannot_be_parted_further(family: str) -> None:
    for seed in SEEDS:
        order = numbered(family, seed)
        before = all_before(order)
        everything: Members = tuple(range(len(order.index)))
        parts = unrelated(order, everything)
        assert sorted(member for part in parts for member in part) == list(everything)
        home = {member: index for index, part in enumerate(parts) for member in part}
        assert all(home[a] == home[b] for b in everything for a in before[b])
        for part in parts:
            assert unrelated(order, part) == [part]


def test_a_threshold_cut_has_the_least_bound_of_all_cuts() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        order = FAMILIES["n8n-like"](chance, 9)
        numbers = canonical(order, [1.0] * 9)
        seconds = [(chance.randint(1, 9) / 1.0,) for _ in range(9)]
        members = tuple(range(9))
        found = paths(numbers, seconds, members)
        least = every_cut(numbers, found, members)[0].bound
        assert threshold_cuts(found, members, (0.0,), (1.0,))[0].bound == least


def test_only_what_nothing_stands_between_is_a_direct_pair() -> None:
    order = closed("abcd", [[], [0], [0, 1], [0, 2]])
    assert covers(order) == [(), (0,), (1,), (2,)]
