"""Activations as expressions, simplified as they are built."""

from weft.compiler.lower.program import symbol
from weft.expressions.ast import Array, Binary, Expr, Get, If, Literal, Ref, RefKind, Unary

TRUE = Literal(True)
FALSE = Literal(False)
NULL = Literal(None)


class ExpressionLogic:
    """Builds conditions over symbols. `always` and `never`: nodes known to fire, or not to."""

    def __init__(self, stated: frozenset[str]) -> None:
        self._stated = stated
        self.always: set[str] = set()
        self.never: set[str] = set()

    def constant(self, value: bool) -> Expr:
        return TRUE if value else FALSE

    def all_of(self, parts: list[Expr]) -> Expr:
        return _joined("and", parts, TRUE, FALSE)

    def any_of(self, parts: list[Expr]) -> Expr:
        return _joined("or", parts, FALSE, TRUE)

    def negation(self, part: Expr) -> Expr:
        return Unary("not", part)

    def fired(self, node: str) -> Expr:
        if node in self.never:
            return FALSE
        return TRUE if node in self.always else symbol("a", node)

    def is_trigger(self, node: str) -> Expr:
        return Binary("==", Get(Ref(RefKind.TRIGGER), "node"), Literal(node))

    def chose(self, node: str, port: str) -> Expr:
        taken = Get(symbol("n", node), "h") if node in self._stated else symbol("h", node)
        return Binary("==", taken, Literal(port))

    def matched(self, node: str, port: str) -> Expr:
        if node in self._stated:
            return Binary("==", Get(Get(symbol("n", node), "h"), port), TRUE)
        return symbol("m", node, port)


def _joined(op: str, parts: list[Expr], neutral: Literal, absorbing: Literal) -> Expr:
    kept = [part for part in dict.fromkeys(parts) if part != neutral]
    if absorbing in kept:
        return absorbing
    if not kept:
        return neutral
    result = kept[0]
    for part in kept[1:]:
        result = Binary(op, result, part)
    return result


def first_live(lives: list[Expr], values: list[Expr], *, certain: bool) -> Expr:
    """The value of the first live edge. `certain`: the reader fires only if one is live."""
    result: Expr = NULL
    last = len(lives) - 1
    for position in range(last, -1, -1):
        live = lives[position]
        if live == FALSE:
            continue
        if live == TRUE or (certain and position == last):
            result = values[position]
        else:
            result = If(live, values[position], result)
    return result


def all_live(lives: list[Expr], values: list[Expr]) -> Expr:
    parts = [(live, value) for live, value in zip(lives, values, strict=True) if live != FALSE]
    if all(live == TRUE for live, _ in parts):
        return Array(tuple(value for _, value in parts))
    result: Expr | None = None
    for live, value in parts:
        one: Expr = Array((value,))
        one = one if live == TRUE else If(live, one, Literal([]))
        result = one if result is None else Binary("+", result, one)
    return Literal([]) if result is None else result
