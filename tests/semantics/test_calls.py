"""What a call means, one rule after the other, and that the expanded graph means the same."""

from typing import Any

import pytest
from tests.semantics.test_races import RUN, TRIGGER, node

from weft.compiler.check.check import check, examine
from weft.compiler.expand import expanded
from weft.compiler.finished import from_node
from weft.domain.graph import GraphDoc
from weft.expressions.ast import JsonValue
from weft.ir.ops import WRONG_INPUT
from weft.semantics.answers import Answer, Failed, Ok
from weft.semantics.facts import Status
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome
from weft.validation.followed import follow, misled
from weft.validation.probes import ProbeCatalogue

DOWN = Failed("PermanentStepError", "refused")
TAKES = {
    "id": "takes",
    "type": "probe_takes",
    "config": {"inputs": [{"name": "n", "kind": "number", "required": True}]},
}


def graph(edges: str, *nodes: dict[str, Any]) -> GraphDoc:
    """Edges like `a.left>b.extra`, in one text; nodes not listed are calls of effects."""
    start = {"id": "start", "type": "probe_start"}
    listed = {item["id"]: item for item in (start, *nodes)}
    made = []
    for text in edges.split():
        ends: dict[str, Any] = {}
        for side, name in zip(("source", "target"), text.split(">"), strict=True):
            node_id, _, port = name.partition(".")
            listed.setdefault(node_id, node(node_id))
            ends |= {side: node_id, f"{side}_port": port or None}
        made.append(ends)
    return GraphDoc.model_validate({"nodes": list(listed.values()), "edges": made})


def run(node_id: str = "run", **more: Any) -> dict[str, Any]:
    inputs = more.pop("inputs", {"n": 1})
    config = {"workflow": more.pop("workflow", "w"), "inputs": inputs}
    return {"id": node_id, "type": "probe_run", "config": config, **more}


def outcome(doc: GraphDoc, workflows: dict[str, GraphDoc], **answers: Any) -> Outcome:
    """What a run comes to, by both readings; effects answer with their ids or what is given."""

    def oracle(node_id: str, path: Any, arguments: JsonValue) -> Answer:
        given = answers.get(node_id.replace(".", "_"), node_id)
        return given if isinstance(given, Failed) else Ok({"output": given})

    flow = check(doc, ProbeCatalogue(), workflows=workflows)
    meant, flat = interpret(flow, TRIGGER, RUN, oracle), expanded(flow)
    told = [((c.node, c.path), oracle(c.node, c.path, None)) for c in meant.effects]
    assert misled(meant, follow(flat, TRIGGER, RUN, told)) == []
    again = interpret(flat, TRIGGER, RUN, oracle)
    assert (again.result, again.error, again.effects) == (meant.result, meant.error, meant.effects)
    return meant


def seen(found: Outcome) -> dict[str, Any]:
    return {f"{c.node}{list(c.path) or ''}": c.arguments for c in found.effects}


def test_a_call_gives_what_the_run_of_the_other_workflow_would_result_in() -> None:
    callee = graph(
        "start>if if.true>a if.false>b a>x b>y",
        node("if", "if"), node("x", "result"), node("y", "result"),
    )  # fmt: skip
    got = outcome(graph("start>run run>end", run(inputs={"flag": True})), {"w": callee})
    assert got.result == {"end": "end"}
    assert got.values["run", ()] == {"x": "run.a", "y": "SKIPPED"}


def test_the_trigger_of_what_is_called_has_the_inputs_as_its_data() -> None:
    callee = graph("start>a", node("a", value="{{trigger.data.n}}"))
    found = outcome(graph("start>run", run(inputs={"n": "{{input.id}}"})), {"w": callee})
    assert seen(found)["run.a"] == {
        "config": {"value": "data"},
        "inputs": {"input": {"n": "data"}},
    }


def test_other_triggers_of_what_is_called_do_not_fire() -> None:
    other = {"id": "other", "type": "probe_start"}
    callee = graph("start>a other>b", other)
    found = outcome(graph("start>run", run()), {"w": callee})
    assert set(seen(found)) == {"run.a"}
    assert found.values["run", ()] == {"a": "run.a", "b": "SKIPPED"}


def test_what_follows_a_call_waits_for_all_that_happens_in_it() -> None:
    callee = graph("start>a start>b a>out", node("out", "result"))
    found = outcome(graph("start>run run>end", run()), {"w": callee}, run_b=DOWN)
    assert found.status == "failed"
    assert found.error is not None and found.error["node"] == "run.b"
    assert ("end", ()) not in found.statuses


def test_nothing_of_a_call_runs_that_is_skipped() -> None:
    always = node("always", "call_always")
    callee = graph("start>a a>always", always)
    doc = graph("start>if if.true>run run>end", node("if", "if", value=False), run())
    found = outcome(doc, {"w": callee})
    assert (seen(found), found.result) == ({}, {"end": "SKIPPED"})


@pytest.mark.parametrize("rule", ["branch", "continue"])
def test_a_call_handles_what_fails_in_it(rule: str) -> None:
    callee = graph("start>a a>b")
    doc = graph("start>run run.output>end run.error>mend", run(on_error=rule, on_error_value=7))
    if rule == "continue":
        doc = graph("start>run run>end", run(on_error=rule, on_error_value=7))
    found = outcome(doc, {"w": callee}, run_a=DOWN)
    assert found.status == "completed"
    assert found.statuses["run", ()] is Status.ERROR
    if rule == "branch":
        error = {"node": "run", "type": DOWN.type, "message": DOWN.message, "attempts": 1}
        assert seen(found)["mend"]["inputs"] == {"input": error}
    else:
        assert seen(found)["end"]["inputs"] == {"input": 7}


def test_an_error_that_is_handled_in_a_call_names_the_node_by_its_own_id() -> None:
    callee = graph("start>a a.output>ok a.error>mend", node("a", on_error="branch"))
    found = outcome(graph("start>run", run()), {"w": callee}, run_a=DOWN)
    assert seen(found)["run.mend"]["inputs"]["input"]["node"] == "a"


def test_every_step_has_a_place_of_its_own() -> None:
    inner = graph("start>a")
    each, deep = node("each", "each", value=[1, 2]), run("deep", workflow="inner")
    outer = graph("start>each.input each.item>deep deep>each.back", each, deep)
    doc = graph("start>one start>two", run("one"), run("two", on_error="continue"))
    found = outcome(doc, {"w": outer, "inner": inner})
    assert set(seen(found)) == {
        "one.deep.a[0]", "one.deep.a[1]", "two.deep.a[0, 0]", "two.deep.a[0, 1]",
    }  # fmt: skip


def test_a_call_can_head_a_loop() -> None:
    callee = graph("start>a")
    doc = graph("start>run run>more more.true>run more.false>end",
                node("more", "if_value", value="{{loop.index == 0}}"), run())  # fmt: skip
    assert set(seen(outcome(doc, {"w": callee}))) == {"run.a[0]", "run.a[1]", "end"}
    held = graph("start>run run>more more.true>run more.false>end",
                 node("more", "if_value", value="{{loop.index == 0}}"),
                 run(on_error="continue"))  # fmt: skip
    assert set(seen(outcome(held, {"w": callee}))) == {"run.a[0, 0]", "run.a[1, 0]", "end"}


def test_a_respond_node_of_what_is_called_answers_nobody() -> None:
    callee = graph("start>a a>answer", node("answer", "respond"))
    found = outcome(graph("start>run", run()), {"w": callee})
    assert found.response is None
    assert found.result == {"run": {"answer": "run.a"}}


def test_an_input_of_another_type_is_the_calls_error() -> None:
    callee = graph("start>takes takes>a", TAKES)
    doc = graph("start>run run>end", run(inputs={"n": "{{input.id}}"}))
    found = outcome(doc, {"w": callee})
    assert found.error is not None
    assert (found.error["type"], found.error["node"]) == (WRONG_INPUT, "run.start")
    assert found.error["message"] == "the input n of w has to be of type number"
    assert found.effects == ()


def test_constants_of_the_right_type_are_not_looked_at_in_a_run() -> None:
    callee = graph("start>takes takes>a", TAKES)
    flow = check(
        graph("start>run", run(inputs={"n": 3})), ProbeCatalogue(), workflows={"w": callee}
    )
    assert flow.nodes["run"].op.demands == ()  # type: ignore[union-attr]


def test_a_workflow_that_calls_itself_is_refused() -> None:
    own = graph("start>run", run())
    found = examine(own, ProbeCatalogue(), None, {"w": own})
    assert [item.code for item in found.diagnostics] == ["W2043"]


def test_too_many_nodes_in_all_are_refused_before_they_are_made() -> None:
    workflows = {"w0": graph("start>a")}
    for level in range(1, 7):
        calls = [run(f"r{k}", workflow=f"w{level - 1}") for k in range(6)]
        workflows[f"w{level}"] = graph(" ".join(f"start>r{k}" for k in range(6)), *calls)
    found = examine(graph("start>run", run(workflow="w6")), ProbeCatalogue(), None, workflows)
    assert "10000 are allowed" in found.diagnostics[0].message


def test_running_from_a_call_runs_all_of_it_again() -> None:
    callee = graph("start>a")
    flow = check(graph("start>b b>run", run()), ProbeCatalogue(), workflows={"w": callee})
    flat = expanded(flow)
    told = [(("b", ()), Ok({"output": 1})), (("run.a", ()), Ok({"output": 2}))]
    facts = follow(flat, TRIGGER, RUN, told).facts
    assert set(from_node(facts, "run")) == {"b"}
    assert set(from_node(facts, "run.a")) == {"b", "run.start"}
