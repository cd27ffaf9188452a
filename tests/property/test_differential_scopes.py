"""Compiled graphs with loops, races and called workflows do what the graphs mean."""

import pytest
from tests.property.differing import compared

from weft.validation.family import CALLS, LOOPS, RACES, REAL_CALLS, REAL_LOOPS, REAL_RACES, Family

GRAPHS = 50


@pytest.mark.parametrize("block", range(3))
@pytest.mark.parametrize("family", [LOOPS, REAL_LOOPS], ids=["probes", "real"])
def test_random_graphs_with_loops_run_as_they_mean(family: Family, block: int) -> None:
    first = 200_000 + block * GRAPHS
    tally = compared(range(first, first + GRAPHS), family)
    assert tally.graphs == GRAPHS
    assert tally.failed_runs < tally.runs / 2  # of the others many end because of a bound


@pytest.mark.parametrize("block", range(2))
@pytest.mark.parametrize("family", [RACES, REAL_RACES], ids=["probes", "real"])
def test_random_graphs_with_races_run_as_one_of_the_ways_they_can(
    family: Family, block: int
) -> None:
    first = 300_000 + block * GRAPHS
    assert compared(range(first, first + GRAPHS), family).graphs == GRAPHS


@pytest.mark.parametrize("block", range(2))
@pytest.mark.parametrize("family", [CALLS, REAL_CALLS], ids=["probes", "real"])
def test_random_graphs_with_calls_run_as_they_mean(family: Family, block: int) -> None:
    first = 400_000 + block * GRAPHS
    assert compared(range(first, first + GRAPHS), family).graphs == GRAPHS
