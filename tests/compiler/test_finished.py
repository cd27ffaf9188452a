"""What finished nodes may say, and what is refused."""

from typing import Any

import pytest

from weft.compiler.compile import compile_workflow
from weft.compiler.finished import read_finished
from weft.domain.errors import CompileError
from weft.validation.probes import ProbeCatalogue

GRAPH: dict[str, Any] = {
    "schema": "weft/1",
    "name": "g",
    "nodes": [
        {"id": "start", "type": "probe_start"},
        {"id": "first", "type": "probe_call"},
        {"id": "second", "type": "probe_call"},
    ],
    "edges": [
        {"id": "e1", "source": "start", "target": "first"},
        {"id": "e2", "source": "first", "target": "second"},
    ],
}


def codes(finished: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(CompileError) as refused:
        compile_workflow(GRAPH, ProbeCatalogue(), finished=read_finished(finished))
    return [(d.code, d.node) for d in refused.value.diagnostics]


def test_a_finished_node_has_no_state_and_those_behind_it_read_what_it_gave() -> None:
    finished = read_finished({"first": {"output": "what it gave"}})
    artefact = compile_workflow(GRAPH, ProbeCatalogue(), finished=finished)
    nodes = {name for state in artefact.source_map["states"].values() for name in state["nodes"]}
    assert nodes == {"second"}
    assert "what it gave" in str(artefact.definition)


def test_nothing_runs_behind_a_skipped_node() -> None:
    finished = read_finished({"first": {"status": "skipped"}})
    artefact = compile_workflow(GRAPH, ProbeCatalogue(), finished=finished)
    assert all(not state["nodes"] for state in artefact.source_map["states"].values())


def test_what_is_not_in_the_graph_cannot_be_finished() -> None:
    assert codes({"other": {"output": 1}}) == [("W4004", "other")]
    assert codes({"first": {"live": {"nowhere": 1}}}) == [("W4004", "first")]


@pytest.mark.parametrize(
    "told", [1, {"out": 1}, {"live": []}, {"status": "done"}, {"status": "skipped", "output": 1}]
)
def test_what_cannot_be_read_is_said_at_its_node(told: Any) -> None:
    assert codes({"first": told}) == [("W4004", "first")]


def test_what_is_too_large_for_a_definition_is_refused() -> None:
    assert codes({"first": {"output": "x" * 300_000}}) == [("W4003", "first")]
