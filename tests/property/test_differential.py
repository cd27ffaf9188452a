"""Compiled graphs, run on the engine, do what the graphs mean."""

import asyncio
import json
from typing import Any

import pytest

from weft.validation.differential import Finding, Tally, campaign, smallest

BLOCKS, GRAPHS_PER_BLOCK = 10, 200


def explain(finding: Finding) -> str:
    """The smallest graph that shows the fault, and how to get at it again."""
    least = smallest(finding)
    lines = [f"seed {finding.seed}: `weft.validation.differential.campaign([{finding.seed}])`"]
    lines += ["on the smallest graph found:", json.dumps(least.graph, indent=1)]
    return "\n".join([*lines, *least.differences])


def assert_none_differs(tally: Tally) -> None:
    assert not tally.refused, f"the compiler refuses valid graphs: {tally.refused}"
    found: list[Any] = [finding.seed for finding in tally.findings]
    assert not found, f"{len(found)} of {tally.graphs} differ: {found}\n" + explain(
        tally.findings[0]
    )


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs_run_as_they_mean(block: int) -> None:
    first = block * GRAPHS_PER_BLOCK
    tally = asyncio.run(campaign(range(first, first + GRAPHS_PER_BLOCK)))
    assert_none_differs(tally)
    assert tally.graphs == GRAPHS_PER_BLOCK
    assert tally.effects > 1_000
    assert 20 < tally.failed_runs < tally.runs / 4


@pytest.mark.parametrize("seed", range(5))
def test_large_graphs_run_as_they_mean(seed: int) -> None:
    assert_none_differs(asyncio.run(campaign([100_000 + seed], size=120)))


@pytest.mark.soak
@pytest.mark.parametrize("block", range(50))
def test_many_more_graphs_run_as_they_mean(block: int) -> None:
    first = 1_000_000 + block * 1_000
    assert_none_differs(asyncio.run(campaign(range(first, first + 1_000))))
