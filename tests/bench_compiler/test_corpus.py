"""Graphs of other products become documents that mean what was drawn."""

from pathlib import Path
from typing import Any

import pytest

from weft.bench.corpus import Sample, read_corpus
from weft.bench.mapping import read_mapping
from weft.domain.errors import Invalid

HERE = Path(__file__).parent


def _samples() -> dict[str, Sample]:
    classes = read_mapping(HERE / "mapping.json")
    return {sample.name: sample for sample in read_corpus(HERE / "graphs.jsonl", classes)}


def _nodes(name: str) -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in _samples()[name].document["nodes"]}


def _edges(name: str) -> set[str]:
    return {
        f"{e['source']}.{e['source_port']} {e['target']}.{e['target_port']}"
        for e in _samples()[name].document["edges"]
    }


def test_an_error_output_is_a_branch_and_a_second_output_a_choice() -> None:
    nodes, edges = _nodes("branches"), _edges("branches")
    assert nodes["n1"]["on_error"] == "branch"
    assert {"n1.output n2.input", "n1.error n7.input"} <= edges
    assert nodes["n3"]["config"]["ports"] == ["out0", "out1"]
    assert {"n3.out0 n4.input", "n3.out1 n5.input"} <= edges


def test_a_sub_node_is_folded_into_what_it_serves_with_what_it_reads() -> None:
    nodes = _nodes("branches")
    assert len(nodes) == 9
    assert nodes["n5"]["config"]["value"] == ["{{n1.output}}", "{{n2.output}}"]


def test_flags_are_kept() -> None:
    nodes = _nodes("branches")
    assert nodes["n4"]["retry"]["max_retries"] == 3
    assert [name for name, node in nodes.items() if node.get("disabled")] == ["n8"]


def test_a_merge_takes_its_inputs_in_their_order() -> None:
    edges = _samples()["side by side"].document["edges"]
    assert [(e["source"], e["order"]) for e in edges if e["target"] == "n6"] == [
        ("n4", 0),
        ("n5", 1),
    ]


def test_items_leave_by_the_way_that_leads_back() -> None:
    assert {"n2.item n3.input", "n4.output n2.back", "n2.done n5.input"} <= _edges("items")


def test_another_cycle_stays_as_it_is_drawn() -> None:
    assert "n3.output n1.input" in _edges("poll")


def test_a_container_gives_its_first_nodes_the_item_and_takes_what_its_last_ones_give() -> None:
    edges = _edges("container")
    assert {"n1.item n2.input", "n3.output n1.back", "n1.done n4.input"} <= edges
    assert "n1.item n3.input" not in edges


def test_what_leads_into_a_start_is_its_settings_and_a_jump_goes_behind_it() -> None:
    edges = _edges("jump")
    assert "n3.output n1.input" in edges
    assert not any(edge.startswith("n5.") for edge in edges)


def test_where_nothing_starts_a_graph_a_trigger_does() -> None:
    assert _nodes("unstarted")["n2"]["type"] == "bench_trigger"
    assert "n2.output n0.input" in _edges("unstarted")


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a", "nodes": [{}], "edges": [], "refs": []}'])
def test_a_line_that_is_no_graph_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "graphs.jsonl"
    path.write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(Invalid, match="line 2"):
        list(read_corpus(path, read_mapping(HERE / "mapping.json")))


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text('{"n8n": {}}', encoding="utf-8")
    with pytest.raises(Invalid, match="not a mapping"):
        read_mapping(path)
