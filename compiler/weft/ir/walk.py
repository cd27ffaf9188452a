"""Reach every expression of an op, to read it or to rewrite it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from weft.expressions import ast
from weft.expressions.ast import Expr
from weft.ir.ops import Case, NativeCall, Op

_EXPRS = (
    ast.Literal, ast.Ref, ast.Var, ast.Get, ast.At, ast.Slice, ast.Array, ast.Object,
    ast.Unary, ast.Binary, ast.If, ast.Concat, ast.Call, ast.Let,
)  # fmt: skip

O = TypeVar("O", bound=Op | NativeCall)  # noqa: E741  (the op that comes in is of the type that goes out)


def expressions(op: Op | NativeCall) -> Iterator[Expr]:
    """Every expression an op holds, in field order."""
    for item in fields(op):
        yield from _found(getattr(op, item.name))


def _found(held: Any) -> Iterator[Expr]:
    if isinstance(held, _EXPRS):
        yield held
    elif isinstance(held, Case):
        yield held.when
    elif isinstance(held, NativeCall):
        yield from expressions(held)
    elif isinstance(held, tuple):
        for part in held:
            yield from _found(part)
    elif isinstance(held, Mapping):
        for part in held.values():
            yield from _found(part)


def rewrite(op: O, change: Callable[[Expr], Expr]) -> O:
    """The same op with `change` applied to each of its expressions."""
    return replace(op, **{f.name: _changed(getattr(op, f.name), change) for f in fields(op)})


def _changed(held: Any, change: Callable[[Expr], Expr]) -> Any:
    if isinstance(held, _EXPRS):
        return change(held)
    if isinstance(held, Case):
        return Case(held.port, change(held.when))
    if isinstance(held, NativeCall):
        return rewrite(held, change)
    if isinstance(held, tuple):
        return tuple(_changed(part, change) for part in held)
    if isinstance(held, Mapping):
        return {key: _changed(part, change) for key, part in held.items()}
    return held
