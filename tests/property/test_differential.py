"""Compiled graphs, run on the engine, do what the graphs mean; `campaign.py` runs many more."""

import pytest
from tests.property.differing import compared

from weft.compiler.options import UNOPTIMISED
from weft.validation.family import PROBES, REAL

FAMILIES = {"probes": PROBES, "real": REAL}
GRAPHS = 50
BLOCKS = [*(("probes", block) for block in range(6)), *(("real", block) for block in range(4))]


@pytest.mark.parametrize(("name", "block"), BLOCKS)
def test_random_graphs_run_as_they_mean(name: str, block: int) -> None:
    tally = compared(range(block * GRAPHS, (block + 1) * GRAPHS), FAMILIES[name])
    assert tally.graphs == GRAPHS
    assert tally.effects > 400
    assert tally.claims > 100
    assert 2 <= tally.failed_runs < tally.runs / 4


@pytest.mark.parametrize("name", FAMILIES)
def test_random_graphs_with_a_state_for_every_node_run_as_they_mean(name: str) -> None:
    tally = compared(range(50_000, 50_000 + GRAPHS), FAMILIES[name], UNOPTIMISED)
    assert tally.graphs == GRAPHS


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("seed", range(2))
def test_large_graphs_run_as_they_mean(name: str, seed: int) -> None:
    assert compared([100_000 + seed], FAMILIES[name], size=120).graphs == 1
