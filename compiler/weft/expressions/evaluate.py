"""The reference evaluator: what an expression means, on plain JSON values, without any host."""

from collections.abc import Callable, Mapping

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
from weft.expressions.functions import FUNCTIONS
from weft.expressions.operators import OPERATORS, negate
from weft.expressions.values import MAX_COST, Meter, integer, text_of, truthy

Environment = Mapping[Ref, JsonValue] | Callable[[Ref], JsonValue]
Scope = dict[str, JsonValue]


def evaluate(expr: Expr, env: Environment, *, budget: int = MAX_COST) -> JsonValue:
    """The value of `expr`; a reference that `env` lacks is null.

    Total: no data makes it fail. Raises ExpressionLimit when it takes more than `budget` steps
    and produced elements, or meets data nested beyond the interpreter's stack.
    """
    find = env if callable(env) else env.get
    try:
        return _Evaluation(find, Meter(budget)).value(expr, {})
    except RecursionError:
        raise ExpressionLimit("the data is nested too deeply") from None


class _Evaluation:
    def __init__(self, find: Callable[[Ref], JsonValue], meter: Meter) -> None:
        self.find = find
        self.meter = meter

    def value(self, expr: Expr, scope: Scope) -> JsonValue:
        self.meter.charge()
        match expr:
            case Literal(value):
                return value
            case Ref():
                return self.find(expr)
            case Var(name):
                return scope.get(name)
            case Get(base, key):
                return field(self.value(base, scope), key)
            case At(base, index):
                return element(self.value(base, scope), self.value(index, scope))
            case Slice():
                return self.slice(expr, scope)
            case Array(items):
                return [self.value(item, scope) for item in items]
            case Object(fields):
                return {key: self.value(item, scope) for key, item in fields}
            case Concat(parts):
                return self.text(parts, scope)
        return self.computed(expr, scope)

    def computed(self, expr: Expr, scope: Scope) -> JsonValue:
        match expr:
            case If(condition, then, otherwise):
                taken = then if truthy(self.value(condition, scope)) else otherwise
                return self.value(taken, scope)
            case Unary("not", operand):
                return not truthy(self.value(operand, scope))
            case Unary(_, operand):
                return negate(self.value(operand, scope))
            case Binary("and", left, right):
                return truthy(self.value(left, scope)) and truthy(self.value(right, scope))
            case Binary("or", left, right):
                return truthy(self.value(left, scope)) or truthy(self.value(right, scope))
            case Binary(op, left, right):
                a, b = self.value(left, scope), self.value(right, scope)
                return OPERATORS[op](a, b, self.meter)
            case Let(name, value, body):
                return self.value(body, {**scope, name: self.value(value, scope)})
            case Call(function, args):
                return self.call(function, args, scope)
        raise AssertionError(f"not an expression: {expr!r}")

    def call(self, name: str, args: tuple[Expr | Lambda, ...], scope: Scope) -> JsonValue:
        given = [
            self.function(arg, scope) if isinstance(arg, Lambda) else self.value(arg, scope)
            for arg in args
        ]
        result = FUNCTIONS[name].run(self.meter, *given)
        if isinstance(result, str):
            self.meter.charge_text(len(result))
        elif isinstance(result, (list, dict)):
            self.meter.charge(len(result))
        return result

    def function(self, expr: Lambda, scope: Scope) -> Callable[[JsonValue, JsonValue], JsonValue]:
        def run(item: JsonValue, index: JsonValue) -> JsonValue:
            bound = dict(zip(expr.params, (item, index), strict=False))
            return self.value(expr.body, {**scope, **bound})

        return run

    def text(self, parts: tuple[Expr, ...], scope: Scope) -> str:
        texts = [text_of(self.value(part, scope), self.meter) for part in parts]
        self.meter.charge_text(sum(map(len, texts)))
        return "".join(texts)

    def slice(self, expr: Slice, scope: Scope) -> JsonValue:
        base = self.value(expr.base, scope)
        bounds: list[int | None] = []
        for part in (expr.start, expr.stop):
            given = None if part is None else self.value(part, scope)
            whole = integer(given)
            if given is not None and whole is None:
                return None
            bounds.append(whole)
        if not isinstance(base, (str, list)):
            return None
        return base[bounds[0] : bounds[1]]


def field(base: JsonValue, key: str) -> JsonValue:
    """Member of an object, else null."""
    return base.get(key) if isinstance(base, dict) else None


def element(base: JsonValue, index: JsonValue) -> JsonValue:
    """Element of an array (negative from the end) or member of an object, else null."""
    if isinstance(base, dict):
        return base.get(index) if isinstance(index, str) else None
    place = integer(index)
    if not isinstance(base, list) or place is None or not -len(base) <= place < len(base):
        return None
    return base[place]
