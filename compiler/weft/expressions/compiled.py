"""An expression as Python closures: the meaning of `evaluate`, for who evaluates it often.

The cost of a part that is evaluated in any case is charged at once with the whole it belongs to;
the sum, and so whether the budget is enough, is that of the reference evaluator.
"""

from collections.abc import Callable
from typing import NamedTuple

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
    Slice,
    Unary,
    Var,
)
from weft.expressions.errors import ExpressionLimit
from weft.expressions.evaluate import element, field
from weft.expressions.functions import FUNCTIONS
from weft.expressions.operators import OPERATORS, negate
from weft.expressions.values import MAX_COST, Meter, integer, text_of, truthy

Find = Callable[[Ref], JsonValue]
Scope = dict[str, JsonValue]
Code = Callable[[Find, Meter, Scope], JsonValue]


class _Part(NamedTuple):
    code: Code
    cost: int  # what evaluating it takes at least, to be charged by whoever does


class Program:
    """A compiled expression; holds nothing of any evaluation."""

    __slots__ = ("_code", "_cost")

    def __init__(self, expr: Expr) -> None:
        self._code, self._cost = _part(expr)

    def value(self, find: Find, *, budget: int = MAX_COST) -> JsonValue:
        """The value; `find` gives null for what is not there. Raises ExpressionLimit."""
        meter = Meter(budget)
        meter.charge(self._cost)
        try:
            return self._code(find, meter, {})
        except RecursionError:
            raise ExpressionLimit("the data is nested too deeply") from None


def _part(expr: Expr) -> _Part:
    match expr:
        case Literal(value):
            return _Part(lambda find, meter, scope: value, 1)
        case Ref():
            return _Part(lambda find, meter, scope: find(expr), 1)
        case Var(name):
            return _Part(lambda find, meter, scope: scope.get(name), 1)
        case Get(base, key):
            return _get(base, key)
        case At(base, index):
            return _at(_part(base), _part(index))
        case Slice():
            return _slice(expr)
        case Array(items):
            return _array([_part(item) for item in items])
        case Object(fields):
            return _object([(key, _part(item)) for key, item in fields])
        case Concat(parts):
            return _text([_part(part) for part in parts])
    return _computed(expr)


def _computed(expr: Expr) -> _Part:
    match expr:
        case If(condition, then, otherwise):
            return _if(_part(condition), _late(then), _late(otherwise))
        case Unary("not", operand):
            inner, cost = _part(operand)
            return _Part(lambda find, meter, scope: not truthy(inner(find, meter, scope)), cost + 1)
        case Unary(_, operand):
            inner, cost = _part(operand)
            return _Part(lambda find, meter, scope: negate(inner(find, meter, scope)), cost + 1)
        case Binary("and" | "or", left, right):
            return _logic(expr.op == "or", _part(left), _late(right))
        case Binary(op, left, right):
            return _binary(op, _part(left), _part(right))
        case Let(name, value, body):
            return _let(name, _part(value), _part(body))
        case Call(function, args):
            return _call(function, args)
    raise AssertionError(f"not an expression: {expr!r}")


def _late(expr: Expr) -> Code:
    """A part that may not be evaluated, or many times: it charges its own cost."""
    code, cost = _part(expr)

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        meter.charge(cost)
        return code(find, meter, scope)

    return run


def _get(base: Expr, key: str) -> _Part:
    if isinstance(base, Var):
        name = base.name
        return _Part(lambda find, meter, scope: field(scope.get(name), key), 2)
    if isinstance(base, Ref):
        return _Part(lambda find, meter, scope: field(find(base), key), 2)
    inner, cost = _part(base)
    return _Part(lambda find, meter, scope: field(inner(find, meter, scope), key), cost + 1)


def _at(base: _Part, index: _Part) -> _Part:
    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        return element(base.code(find, meter, scope), index.code(find, meter, scope))

    return _Part(run, base.cost + index.cost + 1)


def _slice(expr: Slice) -> _Part:
    base = _part(expr.base)
    nothing = _Part(lambda find, meter, scope: None, 0)
    start = nothing if expr.start is None else _part(expr.start)
    stop = nothing if expr.stop is None else _late_part(expr.stop)

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        value = base.code(find, meter, scope)
        bounds: list[int | None] = []
        for part in (start, stop):
            given = part.code(find, meter, scope)
            whole = integer(given)
            if given is not None and whole is None:
                return None
            bounds.append(whole)
        if not isinstance(value, (str, list)):
            return None
        return value[bounds[0] : bounds[1]]

    return _Part(run, base.cost + start.cost + 1)


def _late_part(expr: Expr) -> _Part:
    return _Part(_late(expr), 0)


def _array(items: list[_Part]) -> _Part:
    codes = [item.code for item in items]

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        return [code(find, meter, scope) for code in codes]

    return _Part(run, sum(item.cost for item in items) + 1)


def _object(fields: list[tuple[str, _Part]]) -> _Part:
    codes = [(key, item.code) for key, item in fields]

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        return {key: code(find, meter, scope) for key, code in codes}

    return _Part(run, sum(item.cost for _, item in fields) + 1)


def _text(parts: list[_Part]) -> _Part:
    codes = [part.code for part in parts]

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        texts = [text_of(code(find, meter, scope), meter) for code in codes]
        meter.charge_text(sum(map(len, texts)))
        return "".join(texts)

    return _Part(run, sum(part.cost for part in parts) + 1)


def _if(condition: _Part, then: Code, otherwise: Code) -> _Part:
    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        taken = then if truthy(condition.code(find, meter, scope)) else otherwise
        return taken(find, meter, scope)

    return _Part(run, condition.cost + 1)


def _logic(either: bool, left: _Part, right: Code) -> _Part:
    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        if truthy(left.code(find, meter, scope)) is either:
            return either
        return truthy(right(find, meter, scope))

    return _Part(run, left.cost + 1)


def _binary(op: str, left: _Part, right: _Part) -> _Part:
    operator, a, b = OPERATORS[op], left.code, right.code

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        return operator(a(find, meter, scope), b(find, meter, scope), meter)

    return _Part(run, left.cost + right.cost + 1)


def _let(name: str, value: _Part, body: _Part) -> _Part:
    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        return body.code(find, meter, {**scope, name: value.code(find, meter, scope)})

    return _Part(run, value.cost + body.cost + 1)


def _call(name: str, args: tuple[Expr | Lambda, ...]) -> _Part:
    function = FUNCTIONS[name].run
    makers: list[Callable[[Find, Meter, Scope], object]] = []
    cost = 1
    for arg in args:
        if isinstance(arg, Lambda):
            makers.append(_lambda(arg))
        else:
            part = _part(arg)
            makers.append(part.code)
            cost += part.cost

    def run(find: Find, meter: Meter, scope: Scope) -> JsonValue:
        result = function(meter, *[make(find, meter, scope) for make in makers])
        if isinstance(result, str):
            meter.charge_text(len(result))
        elif isinstance(result, (list, dict)):
            meter.charge(len(result))
        return result

    return _Part(run, cost)


def _lambda(
    expr: Lambda,
) -> Callable[[Find, Meter, Scope], Callable[[JsonValue, JsonValue], JsonValue]]:
    body, params = _late(expr.body), expr.params

    def make(find: Find, meter: Meter, scope: Scope) -> Callable[[JsonValue, JsonValue], JsonValue]:
        def run(item: JsonValue, index: JsonValue) -> JsonValue:
            bound = dict(zip(params, (item, index), strict=False))
            return body(find, meter, {**scope, **bound})

        return run

    return make
