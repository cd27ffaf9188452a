"""What a race means, one rule after the other, and that both readings agree on it."""

from collections.abc import Iterable
from typing import Any

import pytest

from weft.compiler.check.check import check, examine
from weft.domain.graph import GraphDoc
from weft.expressions.ast import JsonValue
from weft.ir.flow import Flow
from weft.ir.ops import MAX_WON, TOO_LARGE
from weft.semantics.answers import Answer, Failed, Ok
from weft.semantics.equivalence import Observed, differences
from weft.semantics.facts import Status
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Called, Outcome
from weft.semantics.outcomes import Outcomes
from weft.semantics.resolver import Resolver
from weft.validation.probes import ProbeCatalogue

RUN: JsonValue = {"id": "r"}
TRIGGER: JsonValue = {"node": "start", "type": "probe_start", "data": {"id": "data"}}
START = {"id": "start", "type": "probe_start"}
TWO = "start>a start>b a>race b>race race>out"
DOWN = Failed("PermanentStepError", "refused")


def node(node_id: str, kind: str = "call", value: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": f"probe_{kind}", "config": {"value": value}, **more}


def document(edges: str, nodes: Iterable[dict[str, Any]] = ()) -> GraphDoc:
    """Edges like `a.left>b.extra`, in one text; nodes not listed are calls."""
    listed = {item["id"]: item for item in (START, node("race", "race"), *nodes)}
    made = []
    for text in edges.split():
        ends: dict[str, Any] = {}
        for side, name in zip(("source", "target"), text.split(">"), strict=True):
            node_id, _, port = name.partition(".")
            listed.setdefault(node_id, node(node_id))
            ends |= {side: node_id, f"{side}_port": port or None}
        made.append(ends)
    graph = {"schema": "weft/1", "nodes": list(listed.values()), "edges": made}
    return GraphDoc.model_validate(graph)


def drawn(edges: str = TWO, nodes: Iterable[dict[str, Any]] = ()) -> Flow:
    return check(document(edges, nodes), ProbeCatalogue())


def outcomes(flow: Flow, **answers: Any) -> list[Outcome]:
    """Every way a run can go in which calls answer with their names or with what is given."""

    def oracle(node_id: str, path: Any, arguments: JsonValue) -> Answer:
        given = answers.get(node_id, node_id)
        return given if isinstance(given, Failed) else Ok({"output": given})

    return list(Outcomes(flow, TRIGGER, RUN, oracle).every())


def given(outcome: Outcome, out: str = "out") -> JsonValue:
    """What arrived at `out`."""
    called = next(called for called in outcome.effects if called.node == out)
    assert isinstance(called.arguments, dict)
    inputs = called.arguments["inputs"]
    assert isinstance(inputs, dict)
    return inputs["input"]


def test_any_arm_that_arrives_may_win() -> None:
    assert [given(outcome) for outcome in outcomes(drawn())] == ["a", "b"]


def test_an_arm_that_fails_does_not_win() -> None:
    assert [given(outcome) for outcome in outcomes(drawn(), a=DOWN)] == ["b"]


def test_a_race_that_every_arm_has_failed_fails_with_the_error_of_one() -> None:
    (outcome,) = outcomes(drawn(), a=DOWN, b=Failed("Other", "too"))
    assert outcome.status == "failed"
    assert {error["type"] for error in outcome.failing.values()} == {DOWN.type, "Other"}


def test_a_race_at_which_nothing_arrives_goes_nowhere() -> None:
    edges = "start>x start>y x.true>race y.true>race race>out"
    flow = drawn(edges, [node("x", "if"), node("y", "if")])
    (outcome,) = outcomes(flow)
    assert outcome.statuses["race", ()] is Status.SUCCESS
    assert outcome.statuses["out", ()] is Status.SKIPPED


def test_a_race_into_which_no_way_is_taken_is_skipped() -> None:
    edges = "start>x x.true>a x.true>b a>race b>race race>out"
    (outcome,) = outcomes(drawn(edges, [node("x", "if")]))
    assert outcome.statuses["race", ()] is Status.SKIPPED


def test_a_winner_with_too_much_to_give_fails_the_race() -> None:
    first, second = outcomes(drawn(), a="x" * MAX_WON)
    assert [error["type"] for error in first.failing.values()] == [TOO_LARGE]
    assert given(second) == "b"


def test_races_in_arms_multiply_the_outcomes() -> None:
    edges = "start>f start>b f>c f>d c>inner d>inner inner>race b>race race>out"
    flow = drawn(edges, [node("inner", "race")])
    assert sorted(str(given(outcome)) for outcome in outcomes(flow)) == ["b", "b", "c", "d"]


def test_the_outcome_that_was_seen_is_found_among_many() -> None:
    names = ["race", *(f"race{number}" for number in range(11))]
    edges = [f"start>a{n} start>b{n} a{n}>{n} b{n}>{n} {n}>out{n}" for n in names]
    flow = drawn(" ".join(edges), [node(name, "race") for name in names])
    seen = {f"out{n}": f"{'ab'[place % 3 != 0]}{n}" for place, n in enumerate(names)}

    def answer(node_id: str, path: Any, arguments: JsonValue) -> Answer:
        return Ok({"output": node_id})

    def distance(outcome: Outcome) -> int:
        return sum(given(outcome, out) != seen[out] for out in seen)

    tried = list(Outcomes(flow, TRIGGER, RUN, answer).nearer(distance))
    assert distance(tried[-1]) == 0
    assert len(tried) <= len(names) + 1  # of 4,096


def test_an_arms_number_is_its_place_in_the_activation_path() -> None:
    first, _ = outcomes(drawn())
    assert [(called.node, called.path) for called in first.effects] == [
        ("a", (0,)), ("b", (1,)), ("out", ()),
    ]  # fmt: skip


def test_what_losers_have_done_may_be_seen_or_not_but_the_winners_work_must() -> None:
    flow = drawn()
    first, second = outcomes(flow)
    a, b, out = first.effects

    def seen(*effects: Called) -> Observed:
        return Observed("completed", effects, first.result)

    assert differences(flow, first, seen(a, b, out)) == []
    assert differences(flow, first, seen(a, out)) == []
    assert differences(flow, first, seen(b, out)) == ["a[0] should have run and did not"]
    assert differences(flow, second, seen(a, b, out)) != []  # `out` was given what a gave


@pytest.mark.parametrize("told", [0, 1])
def test_who_follows_is_told_the_winner_and_skips_what_is_still_running(told: int) -> None:
    resolver = Resolver(drawn(), TRIGGER, RUN)
    winner, loser = ("a", "b") if told == 0 else ("b", "a")
    resolver.learn(winner, (told,), Ok({"output": winner}))
    assert resolver.facts.statuses["race", ()] is Status.RUNNING
    resolver.learn("race", (), Ok({"arm": told}))
    assert resolver.facts.values["race", ()] == winner
    assert resolver.facts.statuses[loser, (1 - told,)] is Status.SKIPPED
    assert resolver.due() == [("out", ())]
    assert resolver.learn(loser, (1 - told,), Ok({"output": loser})) == []


def test_who_follows_needs_no_word_where_every_arm_has_failed() -> None:
    resolver = Resolver(drawn(), TRIGGER, RUN)
    resolver.learn("a", (0,), DOWN)
    assert not resolver.is_over()
    resolver.learn("b", (1,), DOWN)
    assert list(resolver.failing) == [("a", (0,))]


def test_the_oracle_names_the_winner() -> None:
    def oracle(node_id: str, path: Any, arguments: JsonValue) -> Answer:
        return Ok({"arm": 1}) if node_id == "race" else Ok({"output": node_id})

    assert given(interpret(drawn(), TRIGGER, RUN, oracle)) == "b"


@pytest.mark.parametrize(
    ("edges", "nodes"),
    [
        ("start>a a>race race>out", []),
        ("start>a start>race a>race race>out", []),
        (f"{TWO} a>side", []),
        ("start>p start>q p>a q>b q>side a>race b>race race>out", []),
        (TWO, [node("b", value="{{a.output}}")]),
        (TWO, [node("out", value="{{a.output}}")]),
    ],
    ids=["one arm", "an empty arm", "leads out", "two arms and more", "sees the other", "outside"],
)
def test_a_race_leaks(edges: str, nodes: list[dict[str, Any]]) -> None:
    examined = examine(document(edges, nodes), ProbeCatalogue())
    assert {d.code for d in examined.diagnostics if d.severity == "error"} == {"W2018"}
