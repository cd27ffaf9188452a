"""Large graphs are what the random families say."""

import pytest

from weft.bench.posets import FAMILIES
from weft.bench.sizes import compile_times, lifted


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lifted_order_is_a_graph_of_that_size_whose_every_node_a_trigger_reaches(
    family: str,
) -> None:
    graph = lifted(family, 60)
    assert len(graph["nodes"]) == 60
    targets = {edge["target"] for edge in graph["edges"]}
    assert len(targets) == 59
    assert lifted(family, 60) == graph


def test_every_family_compiles_in_every_size() -> None:
    found = list(compile_times(sizes=(20, 40), times=1))
    assert [(one.family, one.nodes) for one in found] == [
        (family, size) for family in FAMILIES for size in (20, 40)
    ]
    assert all(one.seconds > 0 and not one.refused for one in found)
