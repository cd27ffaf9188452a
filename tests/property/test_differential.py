"""Compiled graphs, run on the engine, do what the graphs mean."""

import asyncio
import json
from typing import Any

import pytest

from weft.compiler.options import OPTIMAL, UNOPTIMISED, Options
from weft.validation.differential import Finding, Tally, campaign, smallest
from weft.validation.family import LOOPS, PROBES, RACES, REAL, REAL_LOOPS, REAL_RACES, Family

FAMILIES = {"probes": PROBES, "real": REAL}
WITH_LOOPS = {"probes": LOOPS, "real": REAL_LOOPS}
WITH_RACES = {"probes": RACES, "real": REAL_RACES}
# The graphs of a full run: 1,400 of probes and 600 of the real node types, and 200 compiled with
# nothing optimised; and 600 with loops.
GRAPHS_PER_BLOCK = 100
BLOCKS = [("probes", block) for block in range(14)] + [("real", block) for block in range(6)]


def explain(finding: Finding, family: Family, *, options: Options) -> str:
    """The smallest graph that shows the fault, and how to get at it again."""
    least = smallest(finding, family, options=options)
    lines = [f"seed {finding.seed}: `weft.validation.differential.campaign([{finding.seed}])`"]
    lines += ["on the smallest graph found:", json.dumps(least.graph, indent=1)]
    return "\n".join([*lines, *least.differences])


def assert_none_differs(tally: Tally, family: Family, *, options: Options = OPTIMAL) -> None:
    assert not tally.refused, f"the compiler refuses valid graphs: {tally.refused}"
    found: list[Any] = [finding.seed for finding in tally.findings]
    assert not found, f"{len(found)} of {tally.graphs} differ: {found}\n" + explain(
        tally.findings[0], family, options=options
    )


@pytest.mark.parametrize(("name", "block"), BLOCKS)
def test_random_graphs_run_as_they_mean(name: str, block: int) -> None:
    first = block * GRAPHS_PER_BLOCK
    tally = asyncio.run(campaign(range(first, first + GRAPHS_PER_BLOCK), family=FAMILIES[name]))
    assert_none_differs(tally, FAMILIES[name])
    assert tally.graphs == GRAPHS_PER_BLOCK
    assert tally.effects > 400
    assert 2 <= tally.failed_runs < tally.runs / 4


@pytest.mark.parametrize(
    ("name", "block"), [*(("probes", k) for k in range(8)), *(("real", k) for k in range(4))]
)
def test_random_graphs_with_loops_run_as_they_mean(name: str, block: int) -> None:
    first = 200_000 + block * 50
    tally = asyncio.run(campaign(range(first, first + 50), family=WITH_LOOPS[name]))
    assert_none_differs(tally, WITH_LOOPS[name])
    assert tally.graphs == 50
    assert tally.failed_runs < tally.runs / 2  # of the others many end because of a bound


@pytest.mark.parametrize(
    ("name", "block"), [*(("probes", k) for k in range(4)), *(("real", k) for k in range(2))]
)
def test_random_graphs_with_races_run_as_one_of_the_ways_they_can(name: str, block: int) -> None:
    first = 300_000 + block * 50
    tally = asyncio.run(campaign(range(first, first + 50), family=WITH_RACES[name]))
    assert_none_differs(tally, WITH_RACES[name])
    assert tally.graphs == 50


@pytest.mark.parametrize("name", FAMILIES)
def test_random_graphs_with_a_state_for_every_node_run_as_they_mean(name: str) -> None:
    seeds = range(50_000, 50_100)
    tally = asyncio.run(campaign(seeds, family=FAMILIES[name], options=UNOPTIMISED))
    assert_none_differs(tally, FAMILIES[name], options=UNOPTIMISED)
    assert tally.graphs == len(seeds)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("seed", range(2))
def test_large_graphs_run_as_they_mean(name: str, seed: int) -> None:
    tally = asyncio.run(campaign([100_000 + seed], size=120, family=FAMILIES[name]))
    assert_none_differs(tally, FAMILIES[name])
