"""What kind of value an expression gives, as far as its form shows: for port checks, not proofs.

Every expression may also be null; the kind says what it is otherwise.
"""

from collections.abc import Callable
from enum import StrEnum

from weft.expressions.ast import (
    Array,
    Binary,
    Call,
    Concat,
    Expr,
    If,
    JsonValue,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    Unary,
)
from weft.expressions.functions import FUNCTIONS
from weft.expressions.values import type_name


class Kind(StrEnum):
    """Kinds of JSON values; ANY where the form does not tell."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"


_BOOLEANS = ("and", "or", "==", "!=", "<", "<=", ">", ">=", "in")


def kind_of_value(value: JsonValue) -> Kind:
    """The kind of a constant; ANY for null, which fits everywhere."""
    return Kind.ANY if value is None else Kind(type_name(value))


def kind_of(expr: Expr, kinds: Callable[[Ref], Kind | None]) -> Kind:
    """The kind of an expression, given those of its references (None: not known)."""
    match expr:
        case Literal(value):
            return kind_of_value(value)
        case Ref():
            return kinds(expr) or Kind.ANY
        case Array():
            return Kind.ARRAY
        case Object():
            return Kind.OBJECT
        case Concat() | Binary("~"):
            return Kind.STRING
        case Unary("not"):
            return Kind.BOOLEAN
        case Unary():
            return Kind.NUMBER
        case Binary(op, left, right):
            return _binary(op, kind_of(left, kinds), kind_of(right, kinds))
        case If(_, then, otherwise):
            return _either(kind_of(then, kinds), kind_of(otherwise, kinds))
        case Let(_, _, body):
            return kind_of(body, kinds)
        case Call("default", args):
            found = [kind_of(arg, kinds) for arg in args if not isinstance(arg, Lambda)]
            return _either(found[0], found[-1])
        case Call(function, _):
            return Kind(FUNCTIONS[function].kind)
    return Kind.ANY


def _binary(op: str, left: Kind, right: Kind) -> Kind:
    if op in _BOOLEANS:
        return Kind.BOOLEAN
    if op != "+":
        return Kind.NUMBER
    return left if left == right else Kind.ANY


def _either(left: Kind, right: Kind) -> Kind:
    return left if left == right else Kind.ANY
