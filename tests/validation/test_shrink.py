"""Shrinking keeps what matters and drops the rest."""

from typing import Any

from weft.validation.random_graphs import random_graph
from weft.validation.shrink import shrink


def holds_a_switch(graph: Any) -> bool:
    return any(node["type"] == "probe_switch" for node in graph["nodes"])


def seed_with_a_switch() -> int:
    return next(seed for seed in range(100) if holds_a_switch(random_graph(seed, 20)))


def test_only_the_culprit_is_left() -> None:
    graph = random_graph(seed_with_a_switch(), 20)
    least = shrink(graph, holds_a_switch)
    assert [node["type"] for node in least["nodes"]] == ["probe_switch"]
    assert least["edges"] == []
    assert set(least["nodes"][0]) == {"id", "type", "config"}


def test_a_path_between_two_nodes_loses_what_lies_between() -> None:
    nodes = [{"id": n, "type": "probe_pure", "config": {}} for n in "abcd"]
    edges = [
        {"source": s, "source_port": "output", "target": t, "target_port": "input"}
        for s, t in ("ab", "bc", "cd")
    ]

    def joined(graph: Any) -> bool:
        ways = {edge["source"]: edge["target"] for edge in graph["edges"]}
        at = "a"
        while at in ways:
            at = ways[at]
        return at == "d"

    least = shrink({"nodes": nodes, "edges": edges}, joined)
    assert [(e["source"], e["target"]) for e in least["edges"]] == [("a", "d")]


def test_a_value_that_reads_a_dropped_node_goes_with_it() -> None:
    nodes = [
        {"id": "a", "type": "probe_pure", "config": {}},
        {"id": "b", "type": "probe_pure", "config": {"value": {"n": "{{a.output.n}}"}}},
    ]
    least = shrink(
        {"nodes": nodes, "edges": []}, lambda graph: any(n["id"] == "b" for n in graph["nodes"])
    )
    assert least["nodes"] == [{"id": "b", "type": "probe_pure", "config": {}}]


def test_the_number_of_looks_is_bounded() -> None:
    looked = 0

    def never(graph: Any) -> bool:
        nonlocal looked
        looked += 1
        return False

    graph = random_graph(1, 40)
    assert shrink(graph, never, looks=25) == graph
    assert looked == 25
