"""Which regions run as Express machines, and what is too large for one machine."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from weft.asl.printer import compact
from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.options import Limits, Options, Policy
from weft.nodes.catalogue import NodeCatalogue
from weft.validation.differential import campaign
from weft.validation.family import PROBES, REAL, Family


def graph(*nodes: tuple[str, str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A chain of nodes behind a trigger."""
    made: list[dict[str, Any]] = [{"id": "t", "type": "manual_trigger"}]
    made += [{"id": id, "type": type, "config": config} for id, type, config in nodes]
    edges: list[dict[str, Any]] = [
        {"source": a["id"], "target": b["id"], "source_port": PORTS.get(a["type"])}
        for a, b in pairwise(made)
    ]
    return {"schema": "weft/1", "nodes": made, "edges": edges, **more}


PORTS = {"http_request": "response", "code": "result"}


def get(id: str) -> tuple[str, str, dict[str, Any]]:
    return id, "http_request", {"url": "https://example.test", "method": "GET"}


def post(id: str) -> tuple[str, str, dict[str, Any]]:
    return id, "http_request", {"url": "https://example.test", "method": "POST"}


def code(id: str) -> tuple[str, str, dict[str, Any]]:
    return id, "code", {"code": "return 1"}


def compiled(document: dict[str, Any], policy: Policy = Policy.BALANCED) -> Artefact:
    options = Options(policy=policy, fuse=False)  # calls that share a task need no region
    return compile_workflow(document, NodeCatalogue(), options=options)


def regions(artefact: Artefact) -> list[list[str]]:
    return [region["nodes"] for region in artefact.manifest["tiers"].values()]


def test_steps_that_may_be_repeated_are_one_transition() -> None:
    artefact = compiled(graph(get("a"), code("b"), get("c")))
    assert regions(artefact) == [["a", "b", "c"]]
    assert [s["Type"] for s in artefact.definition["States"].values()].count("Task") == 1


def test_a_single_step_gains_nothing() -> None:
    assert regions(compiled(graph(get("a")))) == []


def test_a_call_that_may_not_be_repeated_ends_its_region() -> None:
    found = compiled(graph(get("a"), post("b"), get("c"), code("d"), post("e"), post("f")))
    assert regions(found) == [["a", "b"], ["c", "d", "e"]]
    assert set(found.manifest["inline"]) == {"b", "e", "f"}


def test_what_may_not_be_repeated_has_nothing_beside_it() -> None:
    document = graph(post("a"))
    document["nodes"].append({"id": "b", "type": "http_request", "config": get("b")[2]})
    document["edges"].append({"source": "t", "target": "b"})
    assert regions(compiled(document)) == []
    assert regions(compiled(document, Policy.CHEAPEST)) == [["a", "b"]]


def test_the_policy_decides() -> None:
    document = graph(post("a"), post("b"))
    assert regions(compiled(document)) == []
    assert regions(compiled(document, Policy.DURABLE)) == []
    assert regions(compiled(document, Policy.CHEAPEST)) == [["a", "b"]]


def test_the_artefact_of_another_policy_is_another_one() -> None:
    document = graph(get("a"), get("b"))
    assert compiled(document).hash != compiled(document, Policy.DURABLE).hash


def test_children_name_the_runs_steps_as_the_parent_would() -> None:
    artefact = compiled(graph(get("a"), get("b")))
    [child] = artefact.children.values()
    assert child.type == "EXPRESS"
    key = child.definition["States"]["a"]["Arguments"]["Payload"]["key"]
    assert "$states.context.Execution.Input.run.id" in key
    started = artefact.definition["States"]["express-1"]["Arguments"]["Input"]
    assert started["run"] == "{% $states.context.Execution.Input.run %}"


FAMILIES = {"probes": PROBES, "real": REAL}


@pytest.mark.parametrize("policy", [Policy.BALANCED, Policy.CHEAPEST, Policy.DURABLE])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_policy_computes_the_same(family: str, policy: Policy) -> None:
    tally = asyncio.run(
        campaign(range(50_000, 50_006), family=FAMILIES[family], options=Options(policy=policy))
    )
    assert tally.graphs == 6 and tally.findings == []


def pieces(family: Family, seeds: range, options: Options) -> int:
    made = (
        compile_workflow(family.graph(s, None), family.catalogue, options=options) for s in seeds
    )
    return sum(name.startswith("part-") for artefact in made for name in artefact.children)


@pytest.mark.parametrize("limits", [Limits(definition=5_000), Limits(events=60)])
@pytest.mark.parametrize("policy", [Policy.BALANCED, Policy.DURABLE])
def test_a_machine_that_is_cut_computes_the_same(limits: Limits, policy: Policy) -> None:
    options, seeds = Options(policy=policy, limits=limits), range(60_000, 60_012)
    assert pieces(PROBES, seeds, options) > 0
    tally = asyncio.run(campaign(seeds, options=options))
    assert tally.graphs == len(seeds) and tally.findings == []


def test_a_graph_that_is_too_large_for_one_machine_is_cut() -> None:
    rows = [post(f"n{number}") for number in range(700)]
    for _, _, config in rows:
        config["headers"] = {"note": "x" * 900}
    artefact = compiled(graph(*rows), Policy.DURABLE)
    machines = [artefact.definition, *(child.definition for child in artefact.children.values())]
    assert {child.type for child in artefact.children.values()} == {"STANDARD"}
    assert max(len(compact(machine)) for machine in machines) <= Limits().definition
