"""Expressions as JSON, for who evaluates them somewhere else: `{"version": 1, "expression": …}`.

A part is an array that begins with its kind: `["get", ["ref", "node", "a"], "key"]`.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Concat,
    Expr,
    Get,
    If,
    JsonValue,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Slice,
    Unary,
    Var,
)
from weft.expressions.compiled import Program
from weft.expressions.errors import ExpressionError
from weft.expressions.evaluate import Environment, evaluate
from weft.expressions.functions import FUNCTIONS
from weft.expressions.operators import OPERATORS
from weft.expressions.regex import parse_pattern

VERSION: Final = 1
MAX_LEVELS = 300  # of parts inside one another; beyond what the language and the compiler make

_BINARY = {*OPERATORS, "and", "or"}


def to_json(expr: Expr) -> dict[str, JsonValue]:
    """The JSON form; equal expressions have equal forms."""
    return {"version": VERSION, "expression": _written(expr)}


def _written(expr: Expr | Lambda | None) -> JsonValue:
    match expr:
        case None:
            return None
        case Literal(value):
            return ["literal", value]
        case Ref(kind, name):
            return ["ref", kind.value, name]
        case Var(name):
            return ["var", name]
        case Get(base, key):
            return ["get", _written(base), key]
        case At(base, index):
            return ["at", _written(base), _written(index)]
        case Slice(base, start, stop):
            return ["slice", _written(base), _written(start), _written(stop)]
        case Array(items):
            return ["array", *map(_written, items)]
        case Object(fields):
            return ["object", *([key, _written(value)] for key, value in fields)]
        case Unary(op, operand):
            return ["unary", op, _written(operand)]
        case Binary(op, left, right):
            return ["binary", op, _written(left), _written(right)]
        case If(condition, then, otherwise):
            return ["if", _written(condition), _written(then), _written(otherwise)]
        case Concat(parts):
            return ["concat", *map(_written, parts)]
        case Call(function, args):
            return ["call", function, *map(_written, args)]
        case Lambda(params, body):
            return ["lambda", list(params), _written(body)]
        case Let(name, value, body):
            return ["let", name, _written(value), _written(body)]


def from_json(form: object) -> Expr:
    """The expression behind a form. Raises ExpressionError for anything `to_json` does not write,
    a function or a version of the language that is not here included."""
    if not isinstance(form, dict) or form.keys() != {"version", "expression"}:
        raise ExpressionError("this is not the JSON form of an expression")
    if form["version"] != VERSION:
        raise ExpressionError(f"the form has version {form['version']!r}, known is {VERSION}")
    return _read(form["expression"], 0)


def evaluate_json(form: object, env: Environment) -> JsonValue:
    """The value of a form. Raises ExpressionError and, for what costs too much, ExpressionLimit."""
    return evaluate(from_json(form), env)


@lru_cache(maxsize=1024)  # the steps of the versions in use: each is called again and again
def program_of(text: str) -> Program:
    """The compiled expression whose form is this JSON text. Raises ExpressionError."""
    return Program(from_json(json.loads(text)))


def _read(form: object, level: int) -> Expr:
    if level > MAX_LEVELS:
        raise ExpressionError("the form is nested too deeply")
    kind = form[0] if isinstance(form, list) and form else None
    if not isinstance(form, list) or not isinstance(kind, str) or kind not in _READERS:
        raise ExpressionError(f"{str(form)[:40]!r} is no part of an expression")
    try:
        return _READERS[kind](form[1:], level + 1)
    except (TypeError, ValueError, IndexError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"a malformed part of kind {kind!r}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{str(value)[:40]!r} is not text")
    return value


def _all(forms: list[Any], level: int) -> tuple[Expr, ...]:
    return tuple(_read(form, level) for form in forms)


def _get(rest: list[Any], level: int) -> Expr:
    base, key = rest
    return Get(_read(base, level), _text(key))


def _slice(rest: list[Any], level: int) -> Expr:
    base, *ends = rest
    start, stop = (None if end is None else _read(end, level) for end in ends)
    return Slice(_read(base, level), start, stop)


def _fields(pairs: list[Any], level: int) -> Expr:
    return Object(tuple((_text(key), _read(value, level)) for key, value in pairs))


def _unary(rest: list[Any], level: int) -> Expr:
    op, operand = rest
    if _text(op) not in ("not", "-"):
        raise ExpressionError(f"there is no operator {op!r}")
    return Unary(op, _read(operand, level))


def _binary(rest: list[Any], level: int) -> Expr:
    op, left, right = rest
    if _text(op) not in _BINARY:
        raise ExpressionError(f"there is no operator {op!r}")
    return Binary(op, _read(left, level), _read(right, level))


def _call(rest: list[Any], level: int) -> Expr:
    name, *forms = rest
    spec = FUNCTIONS.get(_text(name))
    if spec is None or not spec.least <= len(forms) <= len(spec.modes):
        raise ExpressionError(f"there is no function {name!r} of {len(forms)} arguments")
    args: list[Expr | Lambda] = []
    for form, mode in zip(forms, spec.modes, strict=False):
        args.append(_read(form, level) if mode == "v" else _lambda(form, level))
    if name == "matches":
        pattern = args[1]
        parse_pattern(_text(pattern.value if isinstance(pattern, Literal) else None))
    return Call(spec.name, tuple(args))


def _lambda(form: Any, level: int) -> Lambda:
    kind, params, body = form
    if kind != "lambda" or not isinstance(params, list) or not 1 <= len(params) <= 2:
        raise ExpressionError("a function of one or two parameters is missing")
    return Lambda(tuple(map(_text, params)), _read(body, level))


_READERS: Mapping[str, Callable[[list[Any], int], Expr]] = {
    "literal": lambda rest, level: Literal(*rest),
    "ref": lambda rest, level: Ref(RefKind(_text(rest[0])), *map(_text, rest[1:])),
    "var": lambda rest, level: Var(*map(_text, rest)),
    "get": _get,
    "at": lambda rest, level: At(*_all(rest, level)),
    "slice": _slice,
    "array": lambda rest, level: Array(_all(rest, level)),
    "object": _fields,
    "unary": _unary,
    "binary": _binary,
    "if": lambda rest, level: If(*_all(rest, level)),
    "concat": lambda rest, level: Concat(_all(rest, level)),
    "call": _call,
    "let": lambda rest, level: Let(_text(rest[0]), *_all(rest[1:], level)),
}
