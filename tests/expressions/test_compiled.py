"""A compiled expression means what the reference evaluator says, and costs the same."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from weft.expressions.ast import Expr, If, JsonValue, Literal, Ref, RefKind, Slice
from weft.expressions.compiled import Program
from weft.expressions.errors import ExpressionLimit
from weft.expressions.evaluate import evaluate
from weft.expressions.parse import template_of
from weft.expressions.values import Meter, identity


def _told(expr: Expr, environment: dict[Ref, JsonValue], budget: int) -> tuple[Any, Any]:
    """What each says within a budget; None stands for too little of it."""
    told: list[Any] = []
    asked: tuple[Callable[[], JsonValue], ...] = (
        lambda: evaluate(expr, environment, budget=budget),
        lambda: Program(expr).value(environment.get, budget=budget),
    )
    for ask in asked:
        try:
            told.append(identity(ask(), Meter()))
        except ExpressionLimit:
            told.append(None)
    return told[0], told[1]


def test_random_expressions_have_the_same_value_for_the_same_budget(maker: Any) -> None:
    generator = random.Random(23)
    scarce = 0
    for _ in range(3_000):
        made = maker(generator.randrange)
        expr, environment = made.expression(4), made.environment()
        for budget in (generator.randrange(1, 60), 1_000_000):
            wanted, found = _told(expr, environment, budget)
            assert wanted == found, (expr, environment, budget)
            scarce += wanted is None
    assert 100 < scarce < 4_000


def test_a_branch_that_is_not_taken_costs_nothing() -> None:
    name = Ref(RefKind.NODE, "n")
    dear = template_of("{{ " + " + ".join(["1"] * 40) + " }}")
    for expr in (If(name, dear, Literal(0)), Slice(Literal("abc"), name, dear)):
        for budget in range(1, 120):
            for value in (None, "text", 1):
                wanted, found = _told(expr, {name: value}, budget)
                assert wanted == found, (expr, value, budget)


def test_data_beyond_the_interpreters_stack_is_refused() -> None:
    deep: JsonValue = []
    for _ in range(100_000):
        deep = [deep]
    name = Ref(RefKind.NODE, "n")
    with pytest.raises(ExpressionLimit, match="nested too deeply"):
        Program(template_of("{{ nodes['n'].output == [n.output] }}")).value({name: deep}.get)
