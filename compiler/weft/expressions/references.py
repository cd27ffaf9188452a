"""Walks over expressions: what they refer to, how large they are, replacing and folding."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Concat,
    Expr,
    Get,
    If,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    Slice,
    Unary,
    Var,
)
from weft.expressions.errors import ExpressionLimit
from weft.expressions.evaluate import evaluate
from weft.expressions.values import truthy

# By exact type: this is the innermost loop of compiling.
_BELOW: Mapping[type, Callable[[Any], tuple[Expr | Lambda, ...]]] = {
    Get: lambda e: (e.base,),
    At: lambda e: (e.base, e.index),
    Slice: lambda e: (e.base, *(part for part in (e.start, e.stop) if part is not None)),
    Array: lambda e: e.items,
    Object: lambda e: tuple(value for _, value in e.fields),
    Unary: lambda e: (e.operand,),
    Binary: lambda e: (e.left, e.right),
    If: lambda e: (e.condition, e.then, e.otherwise),
    Concat: lambda e: e.parts,
    Call: lambda e: e.args,
    Lambda: lambda e: (e.body,),
    Let: lambda e: (e.value, e.body),
}
_BINDERS = frozenset({Lambda, Let})


def children(expr: Expr | Lambda) -> tuple[Expr | Lambda, ...]:
    """The parts directly below."""
    below = _BELOW.get(type(expr))
    return below(expr) if below is not None else ()


def walk(expr: Expr | Lambda) -> list[Expr | Lambda]:
    """Every part, the whole first, what is below a part from the first to the last."""
    found: list[Expr | Lambda] = []
    pending = [expr]
    while pending:
        current = pending.pop()
        found.append(current)
        below = _BELOW.get(type(current))
        if below is not None:
            pending += below(current)[::-1]
    return found


def references(expr: Expr) -> frozenset[Ref]:
    """The free names that the value can depend on."""
    found: set[Ref] = set()
    pending: list[Expr | Lambda] = [expr]
    while pending:
        current = pending.pop()
        if type(current) is Ref:
            found.add(current)
        else:
            below = _BELOW.get(type(current))
            if below is not None:
                pending += below(current)
    return frozenset(found)


def size(expr: Expr) -> int:
    """Number of parts; a literal counts as one."""
    return len(walk(expr))


def depth(expr: Expr) -> int:
    """Levels of nesting; a leaf has one."""
    deepest = 0
    level: list[Expr | Lambda] = [expr]
    while level:
        deepest += 1
        level = [child for part in level if type(part) in _BELOW for child in children(part)]
    return deepest


def substitute(expr: Expr, mapping: Mapping[Ref, Expr]) -> Expr:
    """`expr` with references replaced; names bound on the way never capture free variables."""
    binds = any(type(part) in _BINDERS for part in walk(expr))  # else nothing can be captured
    values = mapping.values() if binds else ()
    free = {name for value in values for name in free_variables(value)}
    return _replaced(expr, lambda ref: mapping.get(ref, ref), free, {})


def free_variables(expr: Expr | Lambda) -> frozenset[str]:
    """Variables that no enclosing function or `Let` within `expr` binds."""
    match expr:
        case Var(name):
            return frozenset((name,))
        case Lambda(params, body):
            return free_variables(body) - set(params)
        case Let(name, value, body):
            return free_variables(value) | (free_variables(body) - {name})
    found: frozenset[str] = frozenset()
    for child in children(expr):
        found |= free_variables(child)
    return found


def _fresh(name: str, taken: set[str]) -> str:
    return next(new for number in count(1) if (new := f"{name}_{number}") not in taken)


def _replaced(
    expr: Expr, of: Callable[[Ref], Expr], free: set[str], renamed: dict[str, str]
) -> Expr:
    def again(part: Expr) -> Expr:
        return _replaced(part, of, free, renamed)

    def below(names: tuple[str, ...], body: Expr) -> tuple[tuple[str, ...], Expr]:
        taken = free | free_variables(body) | set(renamed.values())
        inner = {name: _fresh(name, taken) if name in free else name for name in names}
        changed = {**renamed, **inner}
        return tuple(inner.values()), _replaced(body, of, free, changed)

    match expr:
        case Ref():
            return of(expr)
        case Var(name):
            return Var(renamed.get(name, name))
        case Let(name, value, body):
            (name,), body = below((name,), body)
            return Let(name, again(value), body)
        case Call(function, args):
            return Call(
                function,
                tuple(
                    Lambda(*below(arg.params, arg.body)) if isinstance(arg, Lambda) else again(arg)
                    for arg in args
                ),
            )
    return _rebuilt(expr, again)


def _rebuilt(expr: Expr, again: Callable[[Expr], Expr]) -> Expr:
    """The same form over changed parts, for forms that bind nothing."""
    if type(expr) not in _BELOW:
        return expr
    match expr:
        case Get(base, key):
            return Get(again(base), key)
        case At(base, index):
            return At(again(base), again(index))
        case Slice(base, start, stop):
            return Slice(again(base), start and again(start), stop and again(stop))
        case Array(items):
            return Array(tuple(map(again, items)))
        case Object(fields):
            return Object(tuple((key, again(value)) for key, value in fields))
        case Unary(op, operand):
            return Unary(op, again(operand))
        case Binary(op, left, right):
            return Binary(op, again(left), again(right))
        case If(condition, then, otherwise):
            return If(again(condition), again(then), again(otherwise))
        case Concat(parts):
            return Concat(tuple(map(again, parts)))
    return expr


def mapped(expr: Expr, rule: Callable[[Expr], Expr]) -> Expr:
    """`rule` applied to every part, inner ones first; it must keep the names it finds bound."""
    if type(expr) not in _BELOW:
        return rule(expr)

    def again(part: Expr) -> Expr:
        return mapped(part, rule)

    match expr:
        case Let(name, value, body):
            return rule(Let(name, again(value), again(body)))
        case Call(function, args):
            return rule(Call(function, _arguments(args, again)))
    return rule(_rebuilt(expr, again))


def replaced(expr: Expr, rule: Callable[[Expr], Expr | None]) -> Expr:
    """Every part that `rule` gives something for, outer ones first, replaced by that."""
    given = rule(expr)
    if given is not None:
        return given

    def again(part: Expr) -> Expr:
        return replaced(part, rule)

    match expr:
        case Let(name, value, body):
            return Let(name, again(value), again(body))
        case Call(function, args):
            return Call(function, _arguments(args, again))
    return _rebuilt(expr, again)


def _arguments(
    args: tuple[Expr | Lambda, ...], again: Callable[[Expr], Expr]
) -> tuple[Expr | Lambda, ...]:
    return tuple(
        Lambda(arg.params, again(arg.body)) if isinstance(arg, Lambda) else again(arg)
        for arg in args
    )


def fold(expr: Expr) -> Expr:
    """`expr` with all that is known computed: constant parts, decided branches, known members."""
    return mapped(expr, _folded)


def _folded(expr: Expr) -> Expr:
    match expr:
        case Literal() | Ref() | Var():
            return expr
        case Get(Object(fields), key):
            return dict(fields).get(key, Literal(None))
        case If(Literal(value), then, otherwise):
            return then if truthy(value) else otherwise
        case Let() | Call():
            known = constant(expr)
        case _:
            known = all(isinstance(child, Literal) for child in children(expr))
    if not known:
        return expr
    try:
        return Literal(evaluate(expr, {}))
    except ExpressionLimit:
        return expr


def constant(expr: Expr) -> bool:
    """Does the value depend on nothing?"""
    return not references(expr) and not free_variables(expr)
