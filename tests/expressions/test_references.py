"""Walks over expressions."""

import random
from typing import Any

from weft.expressions.ast import Binary, Call, Get, Lambda, Let, Literal, Ref, RefKind, Var
from weft.expressions.evaluate import evaluate
from weft.expressions.parse import parse_expression, parse_template
from weft.expressions.references import (
    constant,
    depth,
    fold,
    free_variables,
    references,
    size,
    substitute,
)
from weft.expressions.values import Meter, identity

X, Y = Ref(RefKind.NODE, "x"), Ref(RefKind.NODE, "y")


def test_references_are_found_everywhere_and_bound_names_are_none() -> None:
    found = references(parse_template("{{ x.a[y.b] | map(i => i + loop.index) }} {{ trigger.t }}"))
    assert found == {X, Y, Ref(RefKind.LOOP, "index"), Ref(RefKind.TRIGGER)}


def test_substitution_does_not_capture() -> None:
    # x stands for the outer i; the function's own i must give way.
    inner = Call("map", (Y, Lambda(("i",), Binary("+", Var("i"), X))))
    whole = Let("i", Literal(10), substitute(inner, {X: Var("i")}))
    assert evaluate(whole, {Y: [1, 2]}) == [11, 12]


def test_substitution_leaves_other_references() -> None:
    assert substitute(parse_expression("x.a + y"), {X: Literal({"a": 1})}) == Binary(
        "+", Get(Literal({"a": 1}), "a"), Y
    )


def test_folding_computes_what_depends_on_nothing() -> None:
    assert fold(parse_expression("1 + 2 * 3")) == Literal(7)
    assert fold(parse_expression("x + (1 + 2)")) == Binary("+", X, Literal(3))
    assert fold(parse_expression("[1, 2] | map(i => i * 2)")) == Literal([2, 4])
    lambda_kept = fold(parse_expression("x | map(i => i + (1 + 1))"))
    assert lambda_kept == Call("map", (X, Lambda(("i",), Binary("+", Var("i"), Literal(2)))))


def test_folding_stops_at_values_that_grow_too_large() -> None:
    text = "['aaaaaaaaaa']" + " | map(t => t ~ t)" * 40
    folded = fold(parse_expression(text))
    assert not isinstance(folded, Literal) and constant(folded)


def test_size_and_depth_count_parts() -> None:
    parsed = parse_expression("x.a + 1")
    assert (size(parsed), depth(parsed)) == (4, 3)


def test_free_variables_are_those_nobody_binds() -> None:
    assert free_variables(Lambda(("i",), Binary("+", Var("i"), Var("j")))) == {"j"}


def test_folding_and_substituting_keep_the_value(maker: Any) -> None:
    generator = random.Random(5)
    for _ in range(500):
        made = maker(generator.randrange)
        expr, environment = made.expression(4), made.environment()
        wanted = identity(evaluate(expr, environment), Meter())
        assert identity(evaluate(fold(expr), environment), Meter()) == wanted
        constants = {reference: Literal(value) for reference, value in environment.items()}
        assert identity(evaluate(substitute(expr, constants), {}), Meter()) == wanted
