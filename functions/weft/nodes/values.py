"""Expressions that several node types build the same way."""

from typing import Any

from weft.expressions.ast import Array as ArrayExpr
from weft.expressions.ast import At, Binary, Call, Expr, If, Let, Literal, Ref, RefKind, Var
from weft.nodekit.node_type import BoundNode

NULL = Literal(None)
EMPTY = Literal([])
TRIGGER = Ref(RefKind.TRIGGER)


def given_or_input(node: BoundNode[Any], name: str, port: str = "input") -> Expr:
    """The config field, or what arrives at the port where the field is left out."""
    return node.input(port) if getattr(node.config, name) is None else node.value(name)


def is_kind(value: Expr, kind: str) -> Expr:
    """Whether the value is a `string`, `number`, `boolean`, `object`, `array` or `null`."""
    return Binary("==", Call("type", (value,)), Literal(kind))


def as_list(value: Expr) -> Expr:
    """An array as it is, nothing for null, anything else as one item; as a for-each counts."""
    here = Var("listed")
    one = If(Binary("==", here, NULL), EMPTY, ArrayExpr((here,)))
    return Let("listed", value, If(is_kind(here, "array"), here, one))


def all_of(parts: list[Expr]) -> Expr:
    """True iff every part is; true for none."""
    return _folded("and", parts, True)


def any_of(parts: list[Expr]) -> Expr:
    """True iff some part is; false for none."""
    return _folded("or", parts, False)


def _folded(op: str, parts: list[Expr], neutral: bool) -> Expr:
    if not parts:
        return Literal(neutral)
    result = parts[0]
    for part in parts[1:]:
        result = Binary(op, result, part)
    return result


def item_at(items: Expr, index: int) -> Expr:
    """Element of an array; null beyond its end."""
    return At(items, Literal(index))
