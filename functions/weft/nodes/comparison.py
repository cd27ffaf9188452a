"""One comparison of two values, as a form offers it instead of an expression."""

from collections.abc import Callable
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from weft.expressions.ast import Binary, Call, Expr, Let, Literal, Unary, Var
from weft.expressions.errors import ExpressionError
from weft.expressions.regex import parse_pattern
from weft.nodekit.config import NodeConfig, Value
from weft.nodekit.node_type import expression_of
from weft.nodes.values import NULL, any_of


class Operator(StrEnum):
    """How two values are compared; the ones about emptiness see the left one alone."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"
    EXISTS = "exists"
    MATCHES = "matches"


class Comparison(NodeConfig):
    """`left operator right`."""

    left: Value = Field(default=None, title="Left", description="The value that is looked at.")
    operator: Operator = Field(
        default=Operator.EQUALS, title="Operator", description="How the values are compared."
    )
    right: Value = Field(
        default=None,
        title="Right",
        description="The value it is compared with; of `matches` a regular expression.",
    )

    @model_validator(mode="after")
    def _pattern_is_known(self) -> Self:
        if self.operator is not Operator.MATCHES:
            return self
        if not isinstance(self.right, str):
            raise ValueError("the pattern of `matches` must be text without {{…}}")
        try:
            parse_pattern(self.right)
        except ExpressionError as error:
            raise ValueError(f"the pattern of `matches` cannot be read: {error}") from error
        return self


def compared(comparison: Comparison) -> Expr:
    """The comparison as an expression. Values of different kinds are unequal and unordered."""
    left, right = expression_of(comparison.left), expression_of(comparison.right)
    return _MADE[comparison.operator](left, right)


def _empty(value: Expr, _: Expr) -> Expr:
    here = Var("held")
    nothing: list[Expr] = [NULL, Literal(""), Literal([]), Literal({})]
    return Let("held", value, any_of([Binary("==", here, none) for none in nothing]))


def _binary(op: str) -> Callable[[Expr, Expr], Expr]:
    return lambda left, right: Binary(op, left, right)


def _call(function: str) -> Callable[[Expr, Expr], Expr]:
    return lambda left, right: Call(function, (left, right))


_MADE: dict[Operator, Callable[[Expr, Expr], Expr]] = {
    Operator.EQUALS: _binary("=="),
    Operator.NOT_EQUALS: _binary("!="),
    Operator.CONTAINS: lambda left, right: Binary("in", right, left),
    Operator.NOT_CONTAINS: lambda left, right: Unary("not", Binary("in", right, left)),
    Operator.STARTS_WITH: _call("startswith"),
    Operator.ENDS_WITH: _call("endswith"),
    Operator.GREATER: _binary(">"),
    Operator.GREATER_OR_EQUAL: _binary(">="),
    Operator.LESS: _binary("<"),
    Operator.LESS_OR_EQUAL: _binary("<="),
    Operator.IS_EMPTY: _empty,
    Operator.IS_NOT_EMPTY: lambda left, right: Unary("not", _empty(left, right)),
    Operator.EXISTS: lambda left, _: Binary("!=", left, NULL),
    Operator.MATCHES: _call("matches"),
}
