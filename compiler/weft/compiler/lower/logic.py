"""Activations as expressions, simplified as they are built."""

from weft.compiler.lower.program import symbol
from weft.expressions.ast import Binary, Expr, Get, Literal, Ref, RefKind, Unary

TRUE = Literal(True)
FALSE = Literal(False)


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
