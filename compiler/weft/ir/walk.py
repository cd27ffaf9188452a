"""Reach every expression of an op, to read it or to rewrite it."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, get_args

from weft.expressions import ast
from weft.expressions.ast import Expr
from weft.ir.ops import Case, Demand, NativeCall, Op

# By exact type, which costs a fraction of `isinstance`: large graphs ask a million times.
_EXPRS = frozenset(
    {ast.Literal, ast.Ref, ast.Var, ast.Get, ast.At, ast.Slice, ast.Array, ast.Object,
     ast.Unary, ast.Binary, ast.If, ast.Concat, ast.Call, ast.Let}
)  # fmt: skip
_PLAIN = frozenset({str, int, float, bool, type(None)})

O = TypeVar("O", bound=Op | NativeCall | Demand)  # noqa: E741  (the op that comes in is of the type that goes out)


def expressions(op: Op | NativeCall) -> list[Expr]:
    """Every expression an op holds, in field order."""
    found: list[Expr] = []
    _collect(op, found)
    return found


def _collect(held: Any, found: list[Expr]) -> None:
    kind = type(held)
    if kind in _EXPRS:
        found.append(held)
    elif kind is Case:
        found.append(held.when)
    elif kind is tuple or isinstance(held, Mapping):
        for part in held if kind is tuple else held.values():
            if type(part) not in _PLAIN:
                _collect(part, found)
    else:
        for name in _names(kind):
            part = getattr(held, name)
            if type(part) not in _PLAIN:
                _collect(part, found)


_NAMES: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    """The fields that may hold expressions of an op, or of what else it holds; of anything else,
    none."""
    if kind not in _NAMES:
        held = fields(kind) if is_dataclass(kind) else ()
        _NAMES[kind] = tuple(f.name for f in held if not _plain(f.type))
    return _NAMES[kind]


def _plain(declared: Any) -> bool:
    """Whether a field's type says that no expression is in it."""
    return declared in _PLAIN or (bool(parts := get_args(declared)) and set(parts) <= _PLAIN)


def rewrite(op: O, change: Callable[[Expr], Expr]) -> O:
    """The same op with `change` applied to each of its expressions."""
    return replace(op, **{name: _changed(getattr(op, name), change) for name in _names(type(op))})


def _changed(held: Any, change: Callable[[Expr], Expr]) -> Any:
    kind = type(held)
    if kind in _PLAIN:
        return held
    if kind in _EXPRS:
        return change(held)
    if kind is Case:
        return Case(held.port, change(held.when))
    if kind is NativeCall or kind is Demand:
        return rewrite(held, change)
    if kind is tuple:
        return tuple(_changed(part, change) for part in held)
    if isinstance(held, Mapping):
        return {key: _changed(part, change) for key, part in held.items()}
    return held
