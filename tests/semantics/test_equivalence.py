"""Which observed runs are allowed: all of a completed one, a closed part of a failed one."""

from dataclasses import replace
from typing import Any

import pytest

from weft.expressions.ast import Literal
from weft.semantics.answers import Failed
from weft.semantics.equivalence import Observed, differences, explains_failure, same
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Called, Outcome

RUN: Any = {"id": "r"}


def observe(outcome: Outcome, without: str = "", **more: Any) -> Observed:
    effects = [c for c in outcome.effects if c.node not in without]
    seen = Observed(outcome.status, effects, outcome.result, outcome.response)
    return replace(seen, **more)


@pytest.fixture
def diamond(make: Any) -> Any:
    nodes = [make.start(), *(make.call(n) for n in "abcd")]
    return make.flow(nodes, "t>a; a>b; a>c; b>d; c>d")


def interpreted(make: Any, flow: Any, **answers: Any) -> Outcome:
    return interpret(flow, make.envelope(), RUN, make.Script(answers))


def test_the_reference_itself_is_allowed(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond)
    assert differences(diamond, outcome, observe(outcome)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"without": "d"}, "d should have run"),
        ({"effects": "twice"}, "more than once"),
        ({"effects": "other"}, "arguments of a"),
        ({"effects": "ghost"}, "ghost ran and should not"),
        ({"result": {"d": 1}}, "result of d"),
        ({"result": {}}, "result of d"),
        ({"response": 1}, "response"),
        ({"status": "failed"}, "should have completed"),
    ],
)
def test_whatever_differs_is_said(make: Any, diamond: Any, change: Any, sentence: str) -> None:
    outcome = interpreted(make, diamond)
    wrong = {
        "twice": [*outcome.effects, outcome.effects[0]],
        "other": [Called("a", (), {"config": {}}), *outcome.effects[1:]],
        "ghost": [*outcome.effects, Called("ghost", (), None)],
    }
    if isinstance(change.get("effects"), str):
        change = {"effects": wrong[change["effects"]]}
    found = differences(diamond, outcome, observe(outcome, **change))
    assert any(sentence in text for text in found), found


def test_a_failed_run_may_leave_out_what_had_not_started(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond, b=Failed("E"))
    assert explains_failure(diamond, outcome, observe(outcome))
    assert explains_failure(diamond, outcome, observe(outcome, without="c"))


def test_but_not_what_stands_before_a_shown_effect(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond, b=Failed("E"))
    assert not explains_failure(diamond, outcome, observe(outcome, without="a"))


def test_the_error_must_come_from_a_failing_effect(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond, b=Failed("E"))
    assert explains_failure(diamond, outcome, observe(outcome, failed_node="b"))
    assert not explains_failure(diamond, outcome, observe(outcome, failed_node="c"))


def test_the_error_must_be_of_a_failing_effects_type(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond, b=Failed("E"))
    assert explains_failure(diamond, outcome, observe(outcome, error_type="E"))
    assert not explains_failure(diamond, outcome, observe(outcome, error_type="F"))


def test_a_completed_run_never_explains_a_failure(make: Any, diamond: Any) -> None:
    outcome = interpreted(make, diamond)
    assert not explains_failure(diamond, outcome, observe(outcome))


def test_a_failed_item_that_is_skipped_may_have_done_less(make: Any) -> None:
    each = make.for_each("f", Literal([1, 2]), skip_failed=True)
    nodes = [make.start(), each, make.call("b", scope="f"), make.call("c", scope="f")]
    flow = make.flow([*nodes, make.call("z")], "t>f; f.item>b; f.item>c; b>f.back; f.done>z")
    script = make.Script({("b", (0,)): Failed("E")})
    outcome = interpret(flow, make.envelope(), RUN, script)
    lesser = [c for c in outcome.effects if (c.node, c.path) != ("c", (0,))]
    assert differences(flow, outcome, observe(outcome, effects=lesser)) == []
    least = [c for c in lesser if (c.node, c.path) != ("c", (1,))]
    assert differences(flow, outcome, observe(outcome, effects=least)) == [
        "c[1] should have run and did not"
    ]


def test_numbers_are_numbers_and_booleans_are_not() -> None:
    assert same({"a": [1, None]}, {"a": [1.0, None]})
    assert not same(True, 1)
    assert not same({"a": None}, {})
    assert not same([1, 2], [2, 1])


def test_one_item_does_not_stand_upon_another(make: Any) -> None:
    nodes = [make.start(), make.for_each("f", Literal([1, 2]))]
    nodes += [make.call("a", scope="f"), make.call("b", scope="f")]
    flow = make.flow(nodes, "t>f; f.item>a; a>b; b>f.back")
    outcome = interpret(flow, make.envelope(), RUN, make.Script({("b", (1,)): Failed("E")}))
    second = [c for c in outcome.effects if c.path == (1,)]
    assert explains_failure(flow, outcome, observe(outcome, effects=second))
    assert not explains_failure(flow, outcome, observe(outcome, effects=second[1:]))
