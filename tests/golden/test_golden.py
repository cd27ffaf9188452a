"""Each folder under statemachines/golden is one graph and what the compiler must make of it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from weft.asl.printer import printed
from weft.compiler.check.check import examine
from weft.compiler.compile import compile_workflow
from weft.compiler.diagnostics import CODES
from weft.compiler.parse import parse
from weft.domain.errors import CompileError, Severity
from weft.domain.graph import GraphDoc
from weft.nodes.catalogue import NodeCatalogue

ROOT = Path(__file__).parents[2] / "statemachines" / "golden"
INVALID = sorted((ROOT / "invalid").glob("*/graph.json"))
NODES = sorted((ROOT / "nodes").glob("*/graph.json"))
CASES = sorted(path for path in ROOT.glob("*/graph.json"))

Golden = Callable[[Path, str], None]


def called(graph: Path) -> dict[str, GraphDoc]:
    """The workflows beside a graph that it calls."""
    beside = graph.with_name("workflows.json")
    held = json.loads(beside.read_text()) if beside.exists() else {}
    return {name: parse(document) for name, document in held.items()}


@pytest.mark.parametrize("graph", CASES + NODES, ids=lambda path: path.parent.name)
def test_a_graph_compiles_to_its_golden(graph: Path, golden: Golden) -> None:
    artefact = compile_workflow(graph.read_bytes(), NodeCatalogue(), workflows=called(graph))
    golden(graph.with_name("workflow.asl.json"), printed(artefact.definition))
    golden(graph.with_name("source_map.json"), printed(artefact.source_map))
    folder = graph.with_name("children")
    for name, child in artefact.children.items():
        golden(folder / f"{name}.asl.json", printed(child.definition))
    known = {path.name for path in folder.glob("*.asl.json")}
    assert known == {f"{name}.asl.json" for name in artefact.children}


@pytest.mark.parametrize("graph", CASES + NODES, ids=lambda path: path.parent.name)
def test_compiling_twice_gives_the_same_bytes(graph: Path) -> None:
    first = compile_workflow(graph.read_bytes(), NodeCatalogue(), workflows=called(graph))
    second = compile_workflow(graph.read_bytes(), NodeCatalogue(), workflows=called(graph))
    assert first.hash == second.hash


@pytest.mark.parametrize("graph", CASES + NODES, ids=lambda path: path.parent.name)
def test_an_artefact_holds_no_account_and_no_secret(graph: Path) -> None:
    artefact = compile_workflow(graph.read_bytes(), NodeCatalogue(), workflows=called(graph))
    machines = [artefact.definition, *(child.definition for child in artefact.children.values())]
    assert not [text for text in map(printed, machines) if "arn:" in text]


@pytest.mark.parametrize("graph", INVALID, ids=lambda path: path.parent.name)
def test_a_malformed_graph_gets_its_diagnostics(graph: Path, golden: Golden) -> None:
    try:
        found = examine(parse(graph.read_bytes()), NodeCatalogue(), None, called(graph)).diagnostics
    except CompileError as error:
        found = error.diagnostics
    assert any(item.severity is Severity.ERROR for item in found)
    code = graph.parent.name.split("-")[0]
    if code in CODES:
        assert code in {item.code for item in found}
    text = json.dumps([asdict(item) for item in found], indent=2, ensure_ascii=False) + "\n"
    golden(graph.with_name("diagnostics.json"), text)
