"""What a loop that repeats means, one rule after the other, and that both readings agree on it."""

import random
from typing import Any

import pytest

from weft.compiler.check.check import check
from weft.domain.graph import GraphDoc
from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import Repeat
from weft.semantics.answers import Activation, Answer, Failed, Ok, Oracle, Path
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome
from weft.semantics.resolver import Resolver
from weft.validation.family import LOOPS
from weft.validation.oracle import SeededOracle
from weft.validation.probes import ProbeCatalogue

RUN: JsonValue = {"id": "r"}
START = {"id": "start", "type": "probe_start"}


def node(node_id: str, kind: str = "call", value: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": f"probe_{kind}", "config": {"value": value}, **more}


def end(side: str, text: str) -> dict[str, str | None]:
    node_id, _, port = text.partition(".")
    return {side: node_id, f"{side}_port": port or None}


def drawn(nodes: list[dict[str, Any]], edges: str, rounds: int = 5) -> Flow:
    """Edges like `a.left>b.extra`, in one text."""
    made = []
    for text in edges.split():
        source, target = text.split(">")
        made.append({**end("source", source), **end("target", target)})
    document = {"schema": "weft/1", "nodes": [START, *nodes], "edges": made}
    settings = {"max_iterations": rounds}
    doc = GraphDoc.model_validate({**document, "settings": settings})
    return check(doc, ProbeCatalogue())


def ran(flow: Flow, answers: dict[Any, Any] | None = None) -> Outcome:
    """A run in which each call answers with its place, or with what `answers` has for it."""

    def oracle(node_id: str, path: Any, arguments: JsonValue) -> Answer:
        given = (answers or {}).get((node_id, *path), {"id": f"{node_id}{list(path)}"})
        return given if isinstance(given, Failed) else Ok({"output": given})

    trigger: JsonValue = {"node": "start", "type": "probe_start", "data": {"id": "data"}}
    return interpret(flow, trigger, RUN, oracle)


def effects(outcome: Outcome) -> list[Any]:
    return [(called.node, *called.path) for called in outcome.effects]


def arguments(outcome: Outcome, *at: Any) -> Any:
    return next(c.arguments for c in outcome.effects if (c.node, *c.path) == at)


POLL = [node("look"), node("more", "if"), node("use", value="{{look.output.id}}")]
POLLED = "start>look look>more more.true>look more.false>use"


def test_a_round_follows_while_something_comes_back_and_the_way_out_is_taken_once() -> None:
    outcome = ran(drawn(POLL, POLLED), {("look", 0): {"flag": True, "id": "first"}})
    assert effects(outcome) == [("look", 0), ("look", 1), ("use",)]
    assert arguments(outcome, "look", 0)["inputs"] == {"input": {"id": "data"}}
    assert arguments(outcome, "look", 1)["inputs"] == {"input": {"flag": True, "id": "first"}}
    assert arguments(outcome, "use")["inputs"] == {"input": {"id": "look[1]"}}


def test_from_outside_a_node_is_what_it_was_in_the_last_round_in_which_it_ran() -> None:
    nodes = [*POLL[:2], node("rare", "if"), node("note"), node("use", value="{{note.output.id}}")]
    flow = drawn(nodes, POLLED + " look>rare rare.true>note")
    outcome = ran(flow, {("look", 0): {"flag": True}, ("look", 1): {"flag": False}})
    assert effects(outcome) == [("look", 0), ("note", 0), ("look", 1), ("use",)]
    assert arguments(outcome, "use")["config"] == {"value": "note[0]"}
    assert ran(flow, {("look", 0): {}}).effects[-1].arguments["config"] == {"value": None}  # type: ignore[index,call-overload]


def test_the_bound_is_an_error_of_the_loop() -> None:
    flow = drawn(POLL, POLLED, rounds=2)
    outcome = ran(flow, {("look", k): {"flag": True} for k in range(9)})
    assert effects(outcome) == [("look", 0), ("look", 1)]
    assert outcome.error is not None
    assert (outcome.error["node"], outcome.error["type"]) == ("look", "Loop.MaxIterations")


def test_an_input_without_a_way_back_keeps_what_came_in() -> None:
    nodes = [node("side"), node("head", "call_strict"), node("more", "if"), node("end")]
    edges = "start>side side>head.left start>head.right head>more more.true>head.right"
    outcome = ran(drawn(nodes, edges + " more.false>end"), {("head", 0): {"flag": True}})
    later = arguments(outcome, "head", 1)["inputs"]
    assert later == {"left": {"id": "side[]"}, "right": {"flag": True}}


def test_loop_item_and_index_are_those_of_the_innermost_loop() -> None:
    nodes = [
        node("out", "while", "{{loop.index < 2}}"),
        node("in", "while", "{{loop.index < 1}}"),
        node("work", value="{{[loop.index, loop.item.id]}}"),
        node("then", value="{{loop.index}}"),
        node("end"),
    ]
    edges = "start>out.input out.body>in.input in.body>work work>in.back in.done>then "
    outcome = ran(drawn(nodes, edges + "then>out.back out.done>end"))
    assert arguments(outcome, "work", 1, 0)["config"] == {"value": [0, "then[0]"]}
    assert arguments(outcome, "then", 1)["config"] == {"value": 1}
    assert arguments(outcome, "end")["inputs"] == {"input": {"id": "then[1]"}}


@pytest.mark.parametrize("rule", ["fail", "branch", "continue"])
def test_a_while_node_says_what_errors_in_its_loop_do(rule: str) -> None:
    nodes = [
        node("each", "while", True, on_error=rule, on_error_value={"id": "instead"}),
        node("work"),
        node("end"),
        node("mend"),
    ]
    edges = "start>each.input each.body>work work>each.back each.done>end"
    flow = drawn(nodes, edges + (" each.error>mend" if rule == "branch" else ""))
    for answers, kind in (
        ({("work", 1): Failed("Broken", "no")}, "Broken"),
        ({}, "Loop.MaxIterations"),
    ):
        outcome = ran(flow, answers)
        if rule == "fail":
            assert outcome.error is not None and outcome.error["type"] == kind
            continue
        after = arguments(outcome, "mend" if rule == "branch" else "end")["inputs"]["input"]
        assert after["node" if rule == "branch" else "id"] in ("each", "instead")
        assert after.get("type", kind) == kind


def test_a_loop_in_a_for_each_counts_its_rounds_for_each_item() -> None:
    nodes = [node("each", "each", [1, 2]), *POLL[:2], node("last", "pure")]
    edges = (
        "start>each.input each.item>look look>more more.true>look more.false>last last>each.back"
    )
    outcome = ran(drawn(nodes, edges), {("look", 1, 0): {"flag": True}})
    assert effects(outcome) == [("look", 0, 0), ("look", 1, 0), ("look", 1, 1)]


def test_ways_out_are_ports_of_the_loop_and_one_of_them_is_taken() -> None:
    flow = drawn(POLL, POLLED)
    op = flow.nodes["look~"].op
    assert isinstance(op, Repeat)
    assert op.outcomes == ("more.false",)
    arms = [*POLL, node("way", "route"), node("other")]
    both = drawn(
        arms, POLLED.replace("more.false>use", "more.false>way way.left>use way.right>look")
    )
    op = both.nodes["look~"].op
    assert isinstance(op, Repeat)
    assert op.outcomes == ("way.left", None)


def told(oracle: Oracle, given: dict[Activation, Answer]) -> Oracle:
    """The same oracle; `given` has what it has said."""

    def asked(node_id: str, path: Path, sent: JsonValue) -> Answer:
        given[node_id, path] = oracle(node_id, path, sent)
        return given[node_id, path]

    return asked


@pytest.mark.parametrize("block", range(4))
def test_answers_in_any_order_lead_to_what_the_interpreter_says(block: int) -> None:
    rounds = 0
    for seed in range(block * 15, block * 15 + 15):
        graph = LOOPS.graph(seed, 14)
        flow = check(GraphDoc.model_validate(graph), LOOPS.catalogue)
        trigger = LOOPS.trigger(seed, graph)
        given: dict[Activation, Answer] = {}
        oracle = SeededOracle(flow, seed, LOOPS.answers, 0.05)

        outcome = interpret(flow, trigger, RUN, told(oracle, given))
        resolver = Resolver(flow, trigger, RUN)
        order: list[Activation] = list(given)
        random.Random(seed).shuffle(order)
        for at in order:
            resolver.learn(*at, given[at])
        assert resolver.facts.statuses == outcome.statuses, seed
        assert resolver.facts.values == outcome.values, seed
        assert bool(resolver.failing) == (outcome.status == "failed"), seed
        rounds += sum(resolver.facts.counts.values())
    assert rounds > 10
