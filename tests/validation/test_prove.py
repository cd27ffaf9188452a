"""The short simulation before a publish: right artefacts pass it, wrong ones are named by seed."""

import asyncio
import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.domain.errors import Bug
from weft.ir.ops import Invoke
from weft.nodes.catalogue import NodeCatalogue
from weft.validation.family import PROBES, REAL, Family
from weft.validation.plausible import Plausible
from weft.validation.prove import Proof, prove

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/graph.json"))
Change = Callable[[dict[str, Any]], None]
NODES: list[dict[str, Any]] = [
    {"id": "start", "type": "manual_trigger"},
    {"id": "ask", "type": "http_request", "config": {"url": "https://example.org"},
     "retry": {"max_retries": 3}, "on_error": "branch"},
    {"id": "fine", "type": "if", "config": {"condition": "ask.output.status == 200"}},
    {"id": "yes", "type": "log", "config": {"message": "{{ input }}"}},
    {"id": "no", "type": "log", "config": {"message": "{{ input }}"}},
    {"id": "sorry", "type": "log", "config": {"message": "{{ input }}"}},
    {"id": "result", "type": "output", "config": {"value": "{{ ask.output.status }}"}},
]  # fmt: skip
EDGES = [
    ("start", "output", "ask"), ("ask", "response", "fine"), ("ask", "error", "sorry"),
    ("fine", "true", "yes"), ("fine", "false", "no"), ("fine", "true", "result"),
]  # fmt: skip


def compiled() -> Artefact:
    edges = [{"source": s, "source_port": p, "target": t} for s, p, t in EDGES]
    return compile_workflow({"schema": "weft/1", "nodes": NODES, "edges": edges}, NodeCatalogue())


def proved(artefact: Artefact, **more: Any) -> Proof:
    return asyncio.run(prove(artefact, budget_seconds=math.inf, **more))


def choices(definition: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for s in definition["States"].values() if s["Type"] == "Choice"]


def swap_ways(definition: dict[str, Any]) -> None:
    for state in choices(definition):
        first = state["Choices"][0]
        first["Next"], state["Default"] = state["Default"], first["Next"]


def lose_retries(definition: dict[str, Any]) -> None:
    del definition["States"]["ask"]["Retry"]


def lose_catches(definition: dict[str, Any]) -> None:
    del definition["States"]["ask"]["Catch"]


def other_arguments(definition: dict[str, Any]) -> None:
    definition["States"]["ask"]["Arguments"]["Payload"]["config"]["url"] = "https://example.com"


def stop_early(definition: dict[str, Any]) -> None:
    state = definition["States"]["ask"]
    state.pop("Next", None)
    state.update(End=True, Output={"result": {"result": None}, "response": None})


def leave_the_language(definition: dict[str, Any]) -> None:
    definition["States"]["ask"]["QueryLanguage"] = "JSONPath"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_what_the_examples_compile_to_agrees(path: Path) -> None:
    artefact = compile_workflow(json.loads(path.read_text()), NodeCatalogue())
    assert proved(artefact, runs=12) == Proof(agreed=12, undecided=0)


@pytest.mark.parametrize("family", [PROBES, REAL], ids=["probes", "real"])
def test_values_made_of_the_graph_itself_suit_any_node_type(family: Family) -> None:
    for seed in range(5):
        artefact = compile_workflow(family.graph(seed, 14), family.catalogue)
        proof = proved(artefact)
        assert proof.agreed + proof.undecided == 6
        assert proof.agreed > 0


@pytest.mark.parametrize(
    "change",
    [swap_ways, lose_retries, lose_catches, other_arguments, stop_early, leave_the_language],
)
def test_an_artefact_that_does_something_else_is_found_out(change: Change) -> None:
    artefact = compiled()
    definition = json.loads(json.dumps(artefact.definition))
    change(definition)
    with pytest.raises(Bug):
        proved(replace(artefact, definition=definition), runs=40)


def test_the_seed_that_is_named_shows_the_fault_again() -> None:
    artefact = compiled()
    definition = json.loads(json.dumps(artefact.definition))
    lose_catches(definition)
    wrong = replace(artefact, definition=definition)
    with pytest.raises(Bug, match=r"seen with seed \d+: ") as first:
        proved(wrong, runs=40)
    found = re.search(r"seed (\d+)", str(first.value))
    assert found is not None
    with pytest.raises(Bug) as again:
        proved(wrong, runs=1, seed=int(found[1]))
    assert str(again.value) == str(first.value)


def test_a_wait_until_no_time_is_held_against_nobody() -> None:
    delay = {"id": "wait", "type": "delay", "config": {"until": "{{ trigger.data }}"}}
    source = {
        "schema": "weft/1",
        "nodes": [NODES[0], delay],
        "edges": [{"source": "start", "target": "wait"}],
    }
    proof = proved(compile_workflow(source, NodeCatalogue()), runs=20)
    assert proof.undecided > 0
    assert proof.agreed + proof.undecided == 20


def test_no_budget_still_buys_one_run() -> None:
    assert asyncio.run(prove(compiled(), budget_seconds=0)) == Proof(agreed=1, undecided=0)


def test_decisions_go_either_way() -> None:
    flow = compiled().flow
    plausible = Plausible(flow)
    answers = [plausible.answers(random.Random(k), flow.nodes["ask"], "") for k in range(200)]
    assert isinstance(flow.nodes["ask"].op, Invoke)
    assert all(answer.keys() >= set(flow.nodes["ask"].op.outputs) for answer in answers)
    assert {answer["status"] == 200 for answer in answers} == {True, False}
