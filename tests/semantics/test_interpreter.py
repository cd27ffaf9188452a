"""The rules of docs/semantics.md, one sentence each."""

from types import SimpleNamespace
from typing import Any

import pytest

from weft.expressions.ast import Array, Binary, Get, Literal, Object, Ref, RefKind
from weft.ir.flow import OnError
from weft.ir.ops import Case, Decide, ForEach, Invoke, Start
from weft.ir.ports import Join, Port
from weft.semantics.answers import Failed, Ok, TimedOut
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome

YES, NO = Literal(True), Literal(False)
IN = Ref(RefKind.PORT, "input")


def output(node_id: str) -> Ref:
    return Ref(RefKind.NODE, node_id)


def items(*values: Any) -> Literal:
    return Literal(list(values))


@pytest.fixture
def run(make: SimpleNamespace) -> Any:
    def interpreted(flow: Any, answers: Any = None, data: Any = None, fired: str = "t") -> Outcome:
        return interpret(flow, make.envelope(data, fired), {"id": "r"}, make.Script(answers))

    return interpreted


def seen(outcome: Outcome) -> dict[Any, Any]:
    """What each called effect was shown."""
    calls: Any = outcome.effects
    return {(c.node, *c.path): c.arguments["config"].get("sees") for c in calls}


def status(outcome: Outcome, node_id: str, *path: int) -> str | None:
    return outcome.statuses.get((node_id, path))


def test_a_value_flows_from_the_trigger_along_the_edges(make: Any, run: Any) -> None:
    flow = make.flow([make.start(), make.call("a"), make.call("b")], "t>a; a>b")
    outcome = run(flow, data={"x": 1})
    assert seen(outcome) == {("a",): {"x": 1}, ("b",): "a"}
    assert outcome.status == "completed"
    assert outcome.result == {"b": "b"}


def test_only_the_trigger_that_fired_is_live(make: Any, run: Any) -> None:
    nodes = [make.start("t"), make.start("u"), make.call("a"), make.call("b")]
    outcome = run(make.flow(nodes, "t>a; u>b"), fired="u")
    assert list(seen(outcome)) == [("b",)]
    assert status(outcome, "t") == status(outcome, "a") == "skipped"
    assert outcome.result == {"a": "SKIPPED", "b": "b"}


def test_a_decision_takes_the_first_case_that_holds_and_the_other_path_is_dead(
    make: Any, run: Any
) -> None:
    op = Decide((Case("one", NO), Case("two", YES), Case("three", YES)), "else", IN)
    choice = make.node("d", op, outputs=("one", "two", "three", "else"))
    nodes = [make.start(), choice, *(make.call(n) for n in "abcz")]
    outcome = run(make.flow(nodes, "t>d; d.one>a; d.two>b; d.three>c; d.else>z"), data=5)
    assert seen(outcome) == {("b",): 5}
    assert [status(outcome, n) for n in "acz"] == ["skipped"] * 3
    assert outcome.values["d", ()] == 5


def test_every_match_takes_all_cases_that_hold_and_the_default_only_when_none_does(
    make: Any, run: Any
) -> None:
    def chosen(*whens: Any) -> set[Any]:
        cases = tuple(Case(p, w) for p, w in zip("ab", whens, strict=True))
        choice = make.node("d", Decide(cases, "z", IN, every_match=True), outputs=("a", "b", "z"))
        nodes = [make.start(), choice, *(make.call(n) for n in "abz")]
        return {called[0] for called in seen(run(make.flow(nodes, "t>d; d.a>a; d.b>b; d.z>z")))}

    assert chosen(YES, YES) == {"a", "b"}
    assert chosen(NO, YES) == {"b"}
    assert chosen(NO, NO) == {"z"}


def test_without_a_default_no_port_of_a_decision_is_taken(make: Any, run: Any) -> None:
    choice = make.node("d", Decide((Case("a", NO),), None, IN), outputs=("a",))
    outcome = run(make.flow([make.start(), choice, make.call("x")], "t>d; d.a>x"))
    assert status(outcome, "d") == "success"
    assert status(outcome, "x") == "skipped"


def test_death_goes_down_a_path_until_a_join_that_has_a_live_edge(make: Any, run: Any) -> None:
    nodes = [make.start(), make.decide("d", YES), make.call("a"), make.call("b"), make.call("c")]
    nodes.append(make.call("join"))
    outcome = run(make.flow(nodes, "t>d; d.true>a; d.false>b; b>c; a>join; c>join"))
    assert [status(outcome, n) for n in "abc"] == ["success", "skipped", "skipped"]
    assert seen(outcome)["join",] == "a"


@pytest.mark.parametrize(
    ("join", "live", "fires"),
    [
        (Join.ALL_PORTS, "ab", True),
        (Join.ALL_PORTS, "a", False),
        (Join.ANY_PORT, "a", True),
        (Join.ANY_PORT, "", False),
        (Join.ALL_EDGES, "ab", True),
        (Join.ALL_EDGES, "a", False),
        (Join.ALWAYS, "", True),
    ],
)
def test_a_join_fires_by_its_rule(make: Any, run: Any, join: Join, live: str, fires: bool) -> None:
    gates = [make.decide(n, YES if n in live else NO) for n in "ab"]
    last = make.call("z", inputs=("left", "right"), join=join)
    flow = make.flow([make.start(), *gates, last], "t>a; t>b; a.true>z.left; b.true>z.right")
    assert (status(run(flow), "z") == "success") is fires


def test_a_port_lives_by_one_live_edge_but_all_edges_wants_every_one(make: Any, run: Any) -> None:
    for join, expected in ((Join.ALL_PORTS, "success"), (Join.ALL_EDGES, "skipped")):
        nodes = [make.start(), make.decide("d", YES), make.call("z", join=join)]
        assert status(run(make.flow(nodes, "t>d; d.true>z; d.false>z")), "z") == expected


def test_a_dead_optional_port_is_null_and_holds_nothing_up(make: Any, run: Any) -> None:
    sees = Array((Ref(RefKind.PORT, "input"), Ref(RefKind.PORT, "extra")))
    last = make.call("z", sees, inputs=("input", Port("extra", gates=False)))
    nodes = [make.start(), make.decide("d", YES), last]
    outcome = run(make.flow(nodes, "t>d; t>z; d.false>z.extra"), data=1)
    assert seen(outcome)["z",] == [1, None]


def test_a_single_port_takes_the_first_live_edge_and_a_many_port_all_in_order(
    make: Any, run: Any
) -> None:
    nodes = [make.start(), make.decide("d", YES), *(make.call(n) for n in "abc")]
    nodes += [make.call("one"), make.call("many", inputs=(Port("input", many=True),))]
    wires = "t>d; d.false>a; t>b; t>c; a>one; c>one; b>one; a>many; c>many; b>many"
    outcome = run(make.flow(nodes, wires))
    assert seen(outcome)["one",] == "c"
    assert seen(outcome)["many",] == ["c", "b"]


def test_a_reference_waits_for_its_node_but_does_not_make_it_live(make: Any, run: Any) -> None:
    nodes = [make.start(), make.decide("d", NO), make.call("a"), make.call("z", output("a"))]
    outcome = run(make.flow(nodes, "t>d; d.true>a; t>z", [("a", "z")]))
    assert status(outcome, "a") == "skipped"
    assert seen(outcome) == {("z",): None}


def test_a_node_with_several_ports_is_an_object_by_port(make: Any, run: Any) -> None:
    op = Invoke("core", "two", 1, {}, outputs=("left", "right"))
    nodes = [make.start(), make.node("a", op, outputs=("left", "right"))]
    nodes += [make.call("z", output("a")), make.call("r")]
    flow = make.flow(nodes, "t>a; t>z; a.right>r", [("a", "z")])
    outcome = run(flow, {"a": Ok({"left": 1})})
    assert seen(outcome)["z",] == {"left": 1, "right": None}
    assert seen(outcome)["r",] is None


def test_an_error_that_nobody_handles_fails_the_run(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a"), make.call("b"), make.call("c")]
    outcome = run(make.flow(nodes, "t>a; a>b; t>c"), {"a": Failed("PermanentStepError", "no", 2)})
    assert outcome.status == "failed"
    assert outcome.error == {
        "node": "a",
        "type": "PermanentStepError",
        "message": "no",
        "attempts": 2,
    }
    assert set(outcome.failing) == {("a", ())}
    assert set(seen(outcome)) == {("a",), ("c",)}
    assert status(outcome, "b") is None


def test_of_two_failing_effects_only_those_behind_no_other_are_to_blame(
    make: Any, run: Any
) -> None:
    nodes = [make.start(), make.call("a"), make.call("b"), make.call("c")]
    bad = Failed("PermanentStepError")
    outcome = run(make.flow(nodes, "t>a; a>b; t>c"), {"a": bad, "b": bad, "c": bad})
    assert set(outcome.failing) == {("a", ()), ("c", ())}


def test_an_error_edge_takes_the_error_and_the_other_ports_are_dead(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a", on_error=OnError.BRANCH), make.call("ok")]
    nodes += [make.call("rescue"), make.call("peek", output("a"))]
    flow = make.flow(nodes, "t>a; a>ok; a.error>rescue; t>peek", [("a", "peek")])
    outcome = run(flow, {"a": Failed("TransientStepError", "late", 4)})
    error = {"node": "a", "type": "TransientStepError", "message": "late", "attempts": 4}
    assert seen(outcome)["rescue",] == error
    assert (status(outcome, "a"), status(outcome, "ok")) == ("error", "skipped")
    assert seen(outcome)["peek",] is None
    assert outcome.status == "completed"


def test_the_error_edge_is_dead_when_all_goes_well(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a", on_error=OnError.BRANCH), make.call("rescue")]
    assert status(run(make.flow(nodes, "t>a; a.error>rescue")), "rescue") == "skipped"


def test_an_error_branch_that_leads_nowhere_handles_nothing(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a", on_error=OnError.BRANCH)]
    assert run(make.flow(nodes, "t>a"), {"a": Failed("E")}).status == "failed"


def test_continue_sends_the_configured_value_on(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a", on_error=OnError.CONTINUE, on_error_value=7)]
    nodes += [make.call("b"), make.call("c", output("a"))]
    outcome = run(make.flow(nodes, "t>a; a>b; t>c", [("a", "c")]), {"a": Failed("E")})
    assert seen(outcome)["b",] == seen(outcome)["c",] == 7
    assert (outcome.status, status(outcome, "a")) == ("completed", "error")


def approval(make: Any, **more: Any) -> Any:
    answer = Get(Ref(RefKind.RESULT), "choice")
    cases = tuple(Case(p, Binary("==", answer, Literal(p))) for p in ("approved", "rejected"))
    op = Invoke("core", "approval", 1, {}, outputs=("choice",), routes=cases, callback=True, **more)
    return make.node("a", op, outputs=("approved", "rejected", "timeout"))


@pytest.mark.parametrize("choice", ["approved", "rejected"])
def test_an_answer_chooses_its_route_and_the_route_carries_it(
    make: Any, run: Any, choice: str
) -> None:
    nodes = [make.start(), approval(make), *(make.call(n) for n in ("yes", "no", "peek"))]
    flow = make.flow(nodes, "t>a; a.approved>yes; a.rejected>no; t>peek", [("a", "peek")])
    flow = make.replace(flow, nodes={**flow.nodes, "peek": make.call("peek", output("a"))})
    outcome = run(flow, {"a": Ok({"choice": choice})})
    taken = "yes" if choice == "approved" else "no"
    assert seen(outcome)[taken,] == seen(outcome)["peek",] == {"choice": choice}
    assert set(seen(outcome)) - {("a",)} == {(taken,), ("peek",)}


def test_an_answer_that_no_route_wants_leaves_every_port_dead(make: Any, run: Any) -> None:
    nodes = [make.start(), approval(make), make.call("yes")]
    outcome = run(make.flow(nodes, "t>a; a.approved>yes"), {"a": Ok({"choice": "maybe"})})
    assert (status(outcome, "a"), status(outcome, "yes")) == ("success", "skipped")


def test_a_question_nobody_answers_takes_the_timeout_port_or_is_an_error(
    make: Any, run: Any
) -> None:
    nodes = [make.start(), approval(make, timeout_port="timeout"), make.call("late")]
    outcome = run(make.flow(nodes, "t>a; a.timeout>late"), {"a": TimedOut()})
    assert (seen(outcome)["late",], outcome.status) == (None, "completed")
    outcome = run(make.flow([make.start(), approval(make)], "t>a"), {"a": TimedOut()})
    assert outcome.error is not None
    assert outcome.error["type"] == "States.Timeout"


def test_a_delay_passes_its_value_on(make: Any, run: Any) -> None:
    flow = make.flow([make.start(), make.sleep("s", 3), make.call("a")], "t>s; s>a")
    outcome = run(flow, data="x")
    assert seen_args(outcome, "s") == {"seconds": 3}
    assert outcome.values["s", ()] == "x"


def seen_args(outcome: Outcome, node_id: str) -> Any:
    return next(c.arguments for c in outcome.effects if c.node == node_id)


def loop(make: Any, over: Any, *body: Any, wires: str, **more: Any) -> Any:
    nodes = [make.start(), make.for_each("f", over, **more), *body, make.call("z")]
    return make.flow(nodes, f"t>f; f.done>z; {wires}")


def test_a_for_each_runs_its_body_per_item_and_collects_in_order(make: Any, run: Any) -> None:
    sees = Object((("loop", output("f")), ("in", IN), ("at", Ref(RefKind.LOOP, "index"))))
    body = make.call("b", sees, scope="f")
    outcome = run(loop(make, items("x", "y"), body, wires="f.item>b; b>f.back"))
    assert seen(outcome)["b", 1] == {"loop": {"item": "y", "index": 1}, "in": "y", "at": 1}
    assert seen(outcome)["z",] == ["b[0]", "b[1]"]
    assert outcome.values["f", ()] == ["b[0]", "b[1]"]


def test_an_item_for_which_nothing_comes_back_counts_as_null(make: Any, run: Any) -> None:
    body = [make.decide("d", Binary("==", IN, Literal(2)), scope="f")]
    body += [make.call("b", scope="f"), make.call("c", scope="f")]
    wires = "f.item>d; d.true>b; d.false>c; b>f.back"
    outcome = run(loop(make, items(1, 2), *body, wires=wires))
    assert seen(outcome)["z",] == [None, "b[1]"]
    assert (status(outcome, "b", 0), status(outcome, "c", 0)) == ("skipped", "success")


@pytest.mark.parametrize("nothing", [None, []])
def test_no_items_no_iterations(make: Any, run: Any, nothing: Any) -> None:
    body = make.call("b", scope="f")
    outcome = run(loop(make, Literal(nothing), body, wires="f.item>b; b>f.back"))
    assert seen(outcome) == {("z",): []}


@pytest.mark.parametrize("lone", ["abc", 3, {"a": 1}, False])
def test_a_value_that_is_no_array_is_one_item(make: Any, run: Any, lone: Any) -> None:
    body = make.call("b", scope="f")
    outcome = run(loop(make, Literal(lone), body, wires="f.item>b; b>f.back"))
    assert seen(outcome) == {("b", 0): lone, ("z",): ["b[0]"]}


def test_a_failing_item_fails_the_for_each_unless_it_skips_them(make: Any, run: Any) -> None:
    body = make.call("b", scope="f")
    bad = {("b", (1,)): Failed("PermanentStepError", "no")}
    wires = "f.item>b; b>f.back"
    strict = run(loop(make, items(1, 2, 3), body, wires=wires), bad)
    assert set(strict.failing) == {("b", (1,))}
    assert (status(strict, "f"), status(strict, "z")) == ("error", None)
    lenient = run(loop(make, items(1, 2, 3), body, wires=wires, skip_failed=True), bad)
    assert seen(lenient)["z",] == ["b[0]", None, "b[2]"]
    assert lenient.lost == {("f", (1,))}


def test_a_for_each_can_handle_what_fails_inside(make: Any, run: Any) -> None:
    body = make.call("b", scope="f")
    flow = loop(
        make, items(1), body, wires="f.item>b; b>f.back; f.error>z", on_error=OnError.BRANCH
    )
    outcome = run(flow, {"b": Failed("PermanentStepError", "no", 3)})
    assert seen(outcome)["z",] == {
        "node": "f",
        "type": "PermanentStepError",
        "message": "no",
        "attempts": 1,
    }
    assert outcome.lost == {("f", ())}


def test_loops_nest_and_inner_bodies_see_outer_items(make: Any, run: Any) -> None:
    sees = Array((Get(output("f"), "item"), Get(output("g"), "item"), output("x")))
    body = [make.call("x", scope="f"), make.for_each("g", items(7, 8), scope="f")]
    body.append(make.call("b", sees, scope="g"))
    wires = "f.item>x; x>g; g.item>b; b>g.back; g.done>f.back"
    outcome = run(loop(make, items("p", "q"), *body, wires=wires))
    assert seen(outcome)["b", 1, 0] == ["q", 7, "x[1]"]
    assert seen(outcome)["z",] == [["b[0, 0]", "b[0, 1]"], ["b[1, 0]", "b[1, 1]"]]


def test_from_outside_a_body_node_has_its_last_live_value(make: Any, run: Any) -> None:
    body = [make.decide("d", Binary("<", IN, Literal(3)), scope="f"), make.call("b", scope="f")]
    nodes = [make.start(), make.for_each("f", items(1, 2, 3)), *body, make.call("z", output("b"))]
    flow = make.flow(nodes, "t>f; f.item>d; d.true>b; b>f.back; t>z", [("f", "z")])
    assert seen(run(flow))["z",] == "b[1]"


def test_the_result_is_that_of_the_result_nodes_and_skipped_ones_say_so(
    make: Any, run: Any
) -> None:
    nodes = [make.start(), make.decide("d", YES), make.result("yes"), make.result("no")]
    nodes += [make.result("answer", response=True), make.call("side")]
    flow = make.flow(nodes, "t>d; d.true>yes; d.false>no; d.true>answer; t>side")
    outcome = run(flow, data=4)
    assert outcome.result == {"yes": 4, "no": "SKIPPED", "answer": 4}
    assert outcome.response == 4


def test_without_result_nodes_every_sink_is_a_result(make: Any, run: Any) -> None:
    nodes = [make.start(), make.call("a"), make.call("b"), make.pure("c")]
    assert run(make.flow(nodes, "t>a; a>b; t>c"), data=0).result == {"b": "b", "c": 0}


def test_a_start_node_may_have_several_ports(make: Any, run: Any) -> None:
    data = Get(Ref(RefKind.TRIGGER), "data")
    first = make.node("t", Start({"body": Get(data, "b"), "all": data}), (), ("body", "all"))
    outcome = run(make.flow([first, make.call("a")], "t.body>a"), data={"b": 1})
    assert seen(outcome)["a",] == 1
    assert outcome.values["t", ()] == {"body": 1, "all": {"b": 1}}


def test_variables_and_the_run_are_seen_everywhere(make: Any, run: Any) -> None:
    sees = Array((Ref(RefKind.VARIABLE, "limit"), Get(Ref(RefKind.RUN), "id")))
    flow = make.flow([make.start(), make.call("a", sees)], "t>a")
    flow = make.replace(flow, variables={"limit": 3})
    assert seen(run(flow))["a",] == [3, "r"]


def test_a_back_port_that_takes_many_collects_an_array_per_item(make: Any, run: Any) -> None:
    ports = ("input", Port("back", many=True, gates=False))
    each = make.node("f", ForEach(items(1)), ports, ("item", "done"))
    body = [make.call("a", scope="f"), make.call("b", scope="f")]
    nodes = [make.start(), each, *body, make.call("z")]
    flow = make.flow(nodes, "t>f; f.item>a; f.item>b; a>f.back; b>f.back; f.done>z")
    assert seen(run(flow))["z",] == [["a[0]", "b[0]"]]


def test_the_first_failing_item_gives_the_for_each_its_error(make: Any, run: Any) -> None:
    body = make.call("b", scope="f")
    wires = "f.item>b; b>f.back; f.error>z"
    flow = loop(make, items(1, 2, 3), body, wires=wires, on_error=OnError.BRANCH)
    bad = {("b", (1,)): Failed("E", "one"), ("b", (2,)): Failed("E", "two")}
    assert seen(run(flow, bad))["z",]["message"] == "one"


def test_an_item_that_failed_is_not_read_from_outside(make: Any, run: Any) -> None:
    body = [make.call("b", scope="f"), make.call("c", scope="f")]
    for more in ({"skip_failed": True}, {"on_error": OnError.CONTINUE}):
        nodes = [make.start(), make.for_each("f", items(1, 2), **more), *body]
        nodes.append(make.call("z", output("c")))
        flow = make.flow(nodes, "t>f; f.item>b; f.item>c; b>f.back; t>z", [("f", "z")])
        outcome = run(flow, {("b", (1,)): Failed("E")})
        assert seen(outcome)["z",] == ("c[0]" if "skip_failed" in more else None)


def test_an_edge_from_outside_into_a_body_counts_for_every_item(make: Any, run: Any) -> None:
    sees = Array((IN, Ref(RefKind.PORT, "extra")))
    nodes = [make.start(), make.call("a"), make.for_each("f", items(7, 8))]
    nodes.append(make.call("b", sees, inputs=("input", "extra"), scope="f"))
    flow = make.flow(nodes, "t>a; t>f; f.item>b; a>b.extra; b>f.back")
    assert seen(run(flow))["b", 1] == [8, "a"]


def test_the_first_respond_node_that_ran_answers(make: Any, run: Any) -> None:
    nodes = [make.start(), make.decide("d", NO)]
    nodes += [make.result("no", response=True), make.result("yes", response=True)]
    assert run(make.flow(nodes, "t>d; d.true>no; d.false>yes"), data=4).response == 4
