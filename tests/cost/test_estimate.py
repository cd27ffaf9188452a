"""What runs are said to cost before they start."""

from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.cost.chances import ITEMS, ROUNDS
from weft.compiler.cost.prices import known_regions, prices
from weft.compiler.explain import explained
from weft.compiler.options import Options, Policy
from weft.compiler.schedule.loads import OTHER_SECONDS
from weft.nodes.catalogue import NodeCatalogue

DURABLE = Options(policy=Policy.DURABLE, fuse=False)


def node(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "config": config}


def compiled(nodes: list[dict[str, Any]], wires: str, options: Options = DURABLE) -> Artefact:
    """`wires`: `a.port b.port` per line; ports may be left out."""
    edges = []
    for line in wires.strip().splitlines():
        ends = [end.split(".") for end in line.split()]
        edge: dict[str, Any] = {}
        for side, (name, *port) in zip(("source", "target"), ends, strict=True):
            edge[side] = name
            if port:
                edge[f"{side}_port"] = port[0]
        edges.append(edge)
    document = {"schema": "weft/1", "nodes": [node("go", "manual_trigger"), *nodes], "edges": edges}
    return compile_workflow(document, NodeCatalogue(), options=options)


def logs(*names: str) -> list[dict[str, Any]]:
    return [node(name, "log", message=name) for name in names]


def moved(artefact: Artefact) -> dict[str, Any]:
    found: dict[str, Any] = artefact.manifest["cost"]["transitions"]
    return found


def test_a_chain_costs_a_transition_per_step() -> None:
    artefact = compiled(logs("a", "b", "c"), "go a\na b\nb c")
    assert moved(artefact) == {"fewest": 3, "expected": 3.0, "most": 3 + 3 * 3}
    assert artefact.manifest["cost"]["lambda_calls"] == 3.0


def test_steps_that_share_a_call_cost_one_transition_and_one_request() -> None:
    artefact = compiled(logs("a", "b", "c"), "go a\na b\nb c", Options(policy=Policy.DURABLE))
    cost = artefact.manifest["cost"]
    assert (cost["transitions"]["expected"], cost["lambda_calls"]) == (1.0, 1.0)
    saved = {"transitions": 2, "lambda_calls": 2}
    assert artefact.manifest["fused"] == [{"nodes": ["a", "b", "c"], "saves": saved}]
    assert {step["node"]: round(step["transitions"], 2) for step in explained(artefact)["steps"]}[
        "b"
    ] == pytest.approx(0.33)


def test_money_is_what_the_prices_say_of_what_is_used() -> None:
    cost = compiled(logs("a"), "go a").manifest["cost"]
    price = prices()
    used = price.standard_transition + price.lambda_request
    used += OTHER_SECONDS * price.lambda_memory_gb * price.lambda_gb_second
    assert cost["usd_per_1000_runs"]["expected"] == pytest.approx(1000 * used, rel=1e-3)
    assert (cost["region"], cost["prices_of"]) == (price.region, price.as_of)
    assert price.region in known_regions()


def test_ways_say_what_each_decision_costs() -> None:
    nodes = [node("big", "if", condition="input.n > 1"), *logs("a", "b", "c")]
    told = explained(compiled(nodes, "go big\nbig.true a\na b\nbig.false c"))
    ways = {way["decided"]["big"]: way for way in told["ways"]}
    assert ways["true"]["share"] == ways["false"]["share"] == 0.5
    assert ways["true"]["transitions"] == ways["false"]["transitions"] + 1


def test_loops_count_their_items_and_their_rounds() -> None:
    each = [node("each", "for_each", items="{{go.output}}"), *logs("a")]
    body = compiled(each, "go each.items\neach.item a\na each.back")
    assert moved(body)["expected"] == 1 + ITEMS
    again = [*logs("look"), node("ready", "if", condition="input.ok"), *logs("use")]
    rounds = compiled(again, "go look\nlook ready\nready.false look\nready.true use")
    assert moved(rounds)["fewest"] <= moved(rounds)["expected"] <= moved(rounds)["most"]
    assert moved(rounds)["expected"] >= ROUNDS


def test_what_waits_for_a_person_costs_no_runner_time() -> None:
    asked = compiled(
        [node("ask", "approval", title="Go on?"), *logs("a")], "go ask\nask.approved a"
    )
    assert asked.manifest["cost"]["usd_per_1000_runs"]["expected"] < 1


def test_express_regions_cost_less_and_say_so() -> None:
    nodes = [node(name, "code", code="return 1") for name in "abcdef"]
    wires = "go a\n" + "\n".join(f"{a}.result {b}" for a, b in zip("abcde", "bcdef", strict=True))
    durable = compiled(nodes, wires).manifest["cost"]
    balanced = compiled(nodes, wires, Options(policy=Policy.BALANCED))
    assert balanced.manifest["cost"]["transitions"]["expected"] == 1.0
    money = balanced.manifest["cost"]["usd_per_1000_runs"]["expected"]
    assert money < durable["usd_per_1000_runs"]["expected"] / 2
    assert {t["type"] for t in balanced.manifest["tiers"].values()} == {"EXPRESS"}


def test_an_explanation_names_what_stands_in_the_way() -> None:
    nodes = [node("ask", "approval", title="Go on?"), *logs("a", "b")]
    told = explained(compiled(nodes, "go ask\nask.approved a\na b", Options()))
    assert told["inline"]["ask"] == "it waits for an answer"
    runs = {step["node"]: step["runs"] for step in told["steps"]}
    assert runs["go"] == "trigger"
    assert runs["a"] == "runner:flow"
