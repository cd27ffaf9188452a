"""What JSONata cannot compute, why, and which parts of an expression it can all the same."""

from collections.abc import Iterator
from typing import NamedTuple

from weft.expressions.ast import Call, Expr, JsonValue, Lambda, Literal, Object, Ref, RefKind
from weft.expressions.functions import FUNCTIONS
from weft.expressions.lexer import LARGEST_INTEGER
from weft.expressions.references import free_variables, replaced, walk

_PROTO = "the key __proto__"
_LOOKED_AT = frozenset({Call, Literal, Object})


class NotNative(NamedTuple):
    """Something that cannot be lowered. `runner`: the reference evaluator may compute it instead;
    else no host keeps the data apart from other data, and the author has to change it."""

    what: str
    why: str
    runner: bool


def not_native(expr: Expr | Lambda) -> list[NotNative]:
    """Everything that keeps an expression from being JSONata; empty when nothing does."""
    found: list[NotNative] = []
    for part in walk(expr):
        if type(part) not in _LOOKED_AT:  # a match costs more than all the rest
            continue
        match part:
            case Call(function, _) if FUNCTIONS[function].only_runner:
                found.append(NotNative(f"{function}(…)", FUNCTIONS[function].only_runner, True))
            case Literal(value) if not isinstance(value, str):
                found += _in_constant(value)
            case Object(fields) if any(key == "__proto__" for key, _ in fields):
                found.append(NotNative(_PROTO, "it means something else to some hosts", False))
    return list(dict.fromkeys(found))


def _in_constant(value: JsonValue) -> Iterator[NotNative]:
    if isinstance(value, dict):
        if "__proto__" in value:
            yield NotNative(_PROTO, "it means something else to some hosts", False)
        for item in value.values():
            yield from _in_constant(item)
    elif isinstance(value, list):
        for item in value:
            yield from _in_constant(item)
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        yield NotNative(f"the integer {value}", "it is not exact in JSONata; write it as text",
                        False)  # fmt: skip


def native_parts(expr: Expr, parts: list[Expr]) -> Expr:
    """What is left of an expression when its largest native parts are computed before it.

    Each of them is added to `parts`, and stands in the result as a SYMBOL named by its place
    there. A constant stays where it is.
    """

    def taken(part: Expr) -> Expr | None:
        if isinstance(part, Literal):
            return part
        if not_native(part) or free_variables(part):
            return None
        if part not in parts:
            parts.append(part)
        return Ref(RefKind.SYMBOL, str(parts.index(part)))

    return replaced(expr, taken)
