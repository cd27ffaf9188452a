"""Each folder in statemachines/golden/imports is a graph of another shape, and what it becomes."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.compiler.compile import compile_workflow
from weft.compiler.importers.import_graph import SHAPES, import_graph
from weft.compiler.parse import parse
from weft.domain.errors import CompileError
from weft.nodes.catalogue import NodeCatalogue

ROOT = Path(__file__).parents[2] / "statemachines" / "golden" / "imports"
CASES = sorted(ROOT.glob("*/source.json"))

Golden = Callable[[Path, str], None]


@pytest.mark.parametrize("source", CASES, ids=lambda path: path.parent.name)
def test_a_graph_of_another_shape_becomes_its_golden(source: Path, golden: Golden) -> None:
    found = import_graph(source.read_bytes(), NodeCatalogue())
    report = {"shape": found.shape, "report": [asdict(item) for item in found.report]}
    golden(source.with_name("graph.json"), _text(found.document))
    golden(source.with_name("report.json"), _text(report))


@pytest.mark.parametrize("source", CASES, ids=lambda path: path.parent.name)
def test_what_is_imported_is_a_document_of_ours(source: Path) -> None:
    parse(import_graph(source.read_bytes(), NodeCatalogue()).document)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_told_from_the_others(shape: str) -> None:
    source = ROOT / shape / "source.json"
    assert import_graph(source.read_bytes(), NodeCatalogue()).shape == shape


def test_a_graph_without_gaps_compiles_as_it_comes() -> None:
    source = (ROOT / "typed-ports" / "source.json").read_bytes()
    artefact = compile_workflow(import_graph(source, NodeCatalogue()).document, NodeCatalogue())
    assert artefact.manifest["triggers"] == {"start": "schedule_trigger"}


@pytest.mark.parametrize("source", CASES, ids=lambda path: path.parent.name)
def test_no_secret_comes_along(source: Path) -> None:
    text = json.dumps(import_graph(source.read_bytes(), NodeCatalogue()).document)
    assert "sk-example" not in text
    assert '"abc"' not in text


def test_an_unknown_node_is_kept_with_its_settings_as_plain_text() -> None:
    source = (ROOT / "unknown-types" / "source.json").read_bytes()
    nodes = {n["name"]: n for n in import_graph(source, NodeCatalogue()).document["nodes"]}
    assert nodes["Sheet"]["type"] == "stand_in"
    assert nodes["Sheet"]["config"]["settings"] == {"sheet": "{{ evil() }}"}


@pytest.mark.parametrize("source", [b"[]", b"{", b'{"nodes": []}', b'{"a": 1}'])
def test_what_is_no_graph_at_all_is_said_to_be_none(source: bytes) -> None:
    with pytest.raises(CompileError) as caught:
        import_graph(source, NodeCatalogue())
    assert caught.value.diagnostics[0].code in ("W5009", "W1002")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "data",
                    "properties",
                    "config",
                    "inputs",
                    "outputs",
                    "source",
                    "target",
                    "condition",
                    "position",
                    "name",
                    "label",
                    "source_handle",
                    "value",
                    "field",
                    "operator",
                    "subtype",
                    "agent_config",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=24,
)


@given(nodes=st.lists(JSON, min_size=1, max_size=5), edges=st.lists(JSON, max_size=4))
def test_whatever_the_nodes_are_the_import_is_total(
    nodes: list[object], edges: list[object]
) -> None:
    try:
        found = import_graph({"nodes": nodes, "edges": edges}, NodeCatalogue())
    except CompileError as error:
        assert error.diagnostics[0].code == "W5009"
    else:
        parse(found.document)


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
