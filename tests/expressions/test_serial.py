"""The JSON form of expressions: nothing is lost on the way, and nothing else is read."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.expressions.ast import Call, Ref, RefKind
from weft.expressions.errors import ExpressionError
from weft.expressions.evaluate import evaluate
from weft.expressions.not_native import native_parts, not_native
from weft.expressions.parse import parse_expression
from weft.expressions.serial import VERSION, evaluate_json, from_json, to_json
from weft.expressions.values import Meter, identity


def test_every_expression_comes_back_as_it_was(maker: Any) -> None:
    generator = random.Random(31)
    for _ in range(1_000):
        expr = maker(generator.randrange).expression(5)
        assert from_json(json.loads(json.dumps(to_json(expr)))) == expr


def test_a_form_has_the_value_of_its_expression(maker: Any) -> None:
    generator = random.Random(32)
    for _ in range(300):
        made = maker(generator.randrange)
        expr, environment = made.expression(4), made.environment()
        found = evaluate_json(to_json(expr), environment)
        assert identity(found, Meter()) == identity(evaluate(expr, environment), Meter())


def test_native_parts_computed_before_leave_the_value_as_it_was(maker: Any) -> None:
    generator = random.Random(33)
    for _ in range(300):
        made = maker(generator.randrange)
        inner, environment = made.expression(3), made.environment()
        expr = Call("join", (Call("map", (inner, parse_function("i => i | base64encode"))),))
        parts: list[Any] = []
        left = native_parts(expr, parts)
        assert not_native(left) and not any(map(not_native, parts))
        known = {
            Ref(RefKind.SYMBOL, str(place)): evaluate(part, environment)
            for place, part in enumerate(parts)
        }
        assert evaluate(left, known) == evaluate(expr, environment)


def parse_function(text: str) -> Any:
    """The function that a text is."""
    call = parse_expression(f"[] | map({text})")
    assert isinstance(call, Call)
    return call.args[1]


@pytest.mark.parametrize(
    "form",
    [
        None, [], {"version": VERSION}, {"version": VERSION + 1, "expression": ["literal", 1]},
        {"version": VERSION, "expression": ["literal", 1], "more": 1},
    ],
)  # fmt: skip
def test_another_version_or_shape_is_refused(form: Any) -> None:
    with pytest.raises(ExpressionError):
        from_json(form)


@pytest.mark.parametrize(
    "part",
    [
        [], "literal", ["literal"], ["literal", 1, 2], ["eval", "1"], ["var", 1],
        ["ref", "file", "x"], ["ref"], ["get", ["literal", 1], 2], ["get", ["literal", 1]],
        ["unary", "~", ["literal", 1]],
        ["binary", "**", ["literal", 1], ["literal", 1]], ["call", "open", ["literal", "x"]],
        ["call", "upper"], ["call", "map", ["literal", []], ["literal", 1]],
        ["call", "upper", ["lambda", ["x"], ["var", "x"]]], ["lambda", ["x"], ["var", "x"]],
        ["call", "map", ["literal", []], ["lambda", [], ["literal", 1]]], ["object", ["k"]],
        ["call", "matches", ["literal", "a"], ["literal", "(?=a)"]], ["if", ["literal", 1]],
        ["call", "matches", ["literal", "a"], ["ref", "node", "x"]], ["let", 1, ["literal", 1]],
    ],
)  # fmt: skip
def test_what_no_expression_is_written_as_is_refused(part: Any) -> None:
    with pytest.raises(ExpressionError):
        from_json({"version": VERSION, "expression": part})


def test_a_form_that_nests_without_end_is_refused() -> None:
    part: Any = ["literal", 1]
    for _ in range(5_000):
        part = ["unary", "not", part]
    with pytest.raises(ExpressionError, match="nested too deeply"):
        from_json({"version": VERSION, "expression": part})


@settings(max_examples=100, deadline=None, database=None)
@given(
    part=st.recursive(
        st.none() | st.sampled_from(["literal", "call", "map", "var", "x", 1]),
        lambda inner: st.lists(inner, max_size=4),
    )
)
def test_any_other_data_is_an_expression_or_refused(part: Any) -> None:
    try:
        found = from_json({"version": VERSION, "expression": part})
    except ExpressionError:
        return
    assert to_json(found)["expression"] == part
