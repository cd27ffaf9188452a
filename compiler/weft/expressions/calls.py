"""Calls as written become calls of the table: other spellings, attribute names, defaults."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from weft.expressions.ast import Array, Binary, Call, Expr, Get, Lambda, Literal, Slice, Unary, Var
from weft.expressions.date_calls import distance, formatted, moved, unit_seconds, with_offset
from weft.expressions.errors import ExpressionError
from weft.expressions.functions import ALIASES, FUNCTIONS
from weft.expressions.regex import parse_pattern

Rule = Callable[[], Expr]

_ITEM = "_item"
_ONCE = {"now", "uuid", "random", "today", "utcnow"}
_COMPARED = {
    "equalto": "==", "eq": "==", "==": "==", "ne": "!=", "!=": "!=", "in": "in",
    "gt": ">", ">": ">", "ge": ">=", ">=": ">=", "lt": "<", "<": "<", "le": "<=", "<=": "<=",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written; `keyword` is the name before `=`, or ""."""

    value: Expr | Lambda
    position: int
    keyword: str


def call(name: str, arguments: list[Argument], position: int) -> Expr:
    """The meaning of `name(arguments)`; a filter's value comes first. Raises ExpressionError."""
    name = ALIASES.get(name, name)
    if name in _ONCE:
        raise ExpressionError(
            f"{name}() would differ at each evaluation",
            position,
            "Use a node that makes the value once (trigger and run carry times), and refer to it.",
        )
    special = _SPECIAL.get(name)
    if special is not None:
        return special(name, arguments, position)
    if name not in FUNCTIONS:
        near = get_close_matches(name, [*FUNCTIONS, *ALIASES, *_SPECIAL], 1)
        hint = f"Did you mean {near[0]}?" if near else "See docs/expressions.md for the list."
        raise ExpressionError(f"there is no function or filter “{name}”", position, hint)
    return _plain(name, arguments, position)


def _plain(name: str, arguments: list[Argument], position: int) -> Call:
    spec = FUNCTIONS[name]
    if not spec.least <= len(arguments) <= len(spec.modes):
        wanted = (
            str(spec.least)
            if spec.least == len(spec.modes)
            else f"{spec.least} to {len(spec.modes)}"
        )
        raise ExpressionError(
            f"{name} takes {wanted} arguments, not {len(arguments)}", position,
            "A filter's value counts as the first.",
        )  # fmt: skip
    args: list[Expr | Lambda] = []
    for argument, mode in zip(arguments, spec.modes, strict=False):
        if argument.keyword and not (mode == "f" and argument.keyword == "attribute"):
            _refuse_keyword(name, argument)
        args.append(_value(name, argument) if mode == "v" else _function(name, argument, mode))
    if name == "matches":
        _check_pattern(arguments[1])
    return Call(name, tuple(args))


def _refuse_keyword(name: str, argument: Argument) -> None:
    raise ExpressionError(
        f"{name} has no argument named “{argument.keyword}”", argument.position,
        "Arguments go by place.",
    )  # fmt: skip


def _value(name: str, argument: Argument) -> Expr:
    if isinstance(argument.value, Lambda):
        raise ExpressionError(f"{name} takes a value here, not a function", argument.position)
    return argument.value


def _function(name: str, argument: Argument, mode: str) -> Lambda:
    value = argument.value
    if isinstance(value, Lambda) and (mode != "r" or len(value.params) == 2):
        return value
    if mode == "r":
        raise ExpressionError(
            f"{name} takes a function of two here", argument.position,
            f"Write {name}((so_far, item) => so_far + item.price, 0).",
        )  # fmt: skip
    if isinstance(value, Literal) and isinstance(value.value, str) and value.value:
        return Lambda((_ITEM,), _attribute(value.value))
    raise ExpressionError(
        f"{name} takes a function or the name of a field here", argument.position,
        f'Write {name}(item => item.price) or {name}("price").',
    )  # fmt: skip


def _attribute(path: str) -> Expr:
    value: Expr = Var(_ITEM)
    for key in path.split("."):
        value = Get(value, key)
    return value


def _check_pattern(argument: Argument) -> None:
    pattern = argument.value
    if not (isinstance(pattern, Literal) and isinstance(pattern.value, str)):
        raise ExpressionError("the pattern must be a text in quotes", argument.position)
    try:
        parse_pattern(pattern.value)
    except ExpressionError as error:
        raise ExpressionError(error.message, argument.position, error.hint) from None


def _split(name: str, arguments: list[Argument], position: int) -> Expr:
    return _plain("words" if len(arguments) == 1 else "split", arguments, position)


def _contains(name: str, arguments: list[Argument], position: int) -> Expr:
    whole, part = _plain(name, arguments, position).args
    assert not isinstance(whole, Lambda) and not isinstance(part, Lambda)
    return Binary("in", part, whole)


def _aggregate(name: str, arguments: list[Argument], position: int) -> Expr:
    """`sum(xs)`, `sum(xs, "price")`, `max(a, b, …)`."""
    if len(arguments) == 2 and name == "sum":
        return Call(name, (_plain("map", arguments, position),))
    if len(arguments) == 2 and arguments[1].keyword == "attribute":
        return Call(name, (_plain("map", arguments, position),))
    if len(arguments) > 1 and name != "sum":
        return Call(name, (Array(tuple(_value(name, argument) for argument in arguments)),))
    return _plain(name, arguments, position)


def _merge(name: str, arguments: list[Argument], position: int) -> Expr:
    if len(arguments) <= 2:
        return _plain(name, arguments, position)
    merged = _value(name, arguments[0])
    for argument in arguments[1:]:
        merged = Call(name, (merged, _value(name, argument)))
    return merged


def _sort(name: str, arguments: list[Argument], position: int) -> Expr:
    """`sort(xs)`, `sort("key")`, `sort(attribute="key", reverse=true)`."""
    reverse: Argument | None = None
    rest: list[Argument] = []
    for argument in arguments:
        if argument.keyword == "reverse":
            reverse = argument
        else:
            rest.append(argument)
    ordered = _plain(name, rest, position)
    if reverse is None or reverse.value == Literal(False):
        return ordered
    if reverse.value != Literal(True):
        raise ExpressionError("reverse must be true or false", reverse.position)
    return Call("reverse", (ordered,))


def _select(name: str, arguments: list[Argument], position: int) -> Expr:
    """Jinja's `selectattr("ok")`, `selectattr("n", "gt", 3)` and `rejectattr`."""
    wanted = [_value(name, argument) for argument in arguments]
    key = wanted[1] if len(wanted) in (2, 4) else None
    if not (isinstance(key, Literal) and isinstance(key.value, str) and key.value):
        raise ExpressionError(
            f"{name} takes the name of a field, perhaps a test and a value", position,
            f'Write {name}("active") or {name}("age", "gt", 17).',
        )  # fmt: skip
    body = _attribute(key.value)
    if len(wanted) == 4:
        test = wanted[2].value if isinstance(wanted[2], Literal) else None
        if test not in _COMPARED:
            raise ExpressionError(
                "unknown test", arguments[2].position, f"Known: {', '.join(_COMPARED)}."
            )
        body = Binary(_COMPARED[str(test)], body, wanted[3])
    body = Unary("not", body) if name == "rejectattr" else body
    return Call("filter", (wanted[0], Lambda((_ITEM,), body)))


def _slice(name: str, arguments: list[Argument], position: int) -> Expr:
    if len(arguments) not in (2, 3):
        raise ExpressionError("slice takes a value, a start and perhaps an end", position)
    base, start, *stop = (_value(name, argument) for argument in arguments)
    return Slice(base, start, stop[0] if stop else None)


def _dated(name: str, arguments: list[Argument], position: int) -> Expr:
    """`isotime(x, "+02:00")`, also with the name of a zone."""
    call = _plain(name, arguments, position)
    value, *offset = (arg for arg in call.args if not isinstance(arg, Lambda))
    where = arguments[-1].position
    return Call(name, (value, *(with_offset(value, given, where) for given in offset)))


def _strftime(name: str, arguments: list[Argument], position: int) -> Expr:
    if len(arguments) not in (2, 3):
        raise ExpressionError(f"{name} takes an instant, a layout and perhaps an offset", position)
    value, layout, *offset = (_value(name, argument) for argument in arguments)
    if not (isinstance(layout, Literal) and isinstance(layout.value, str)):
        raise ExpressionError("the layout must be a text in quotes", arguments[1].position)
    where = arguments[1].position
    return formatted(value, layout.value, offset[0] if offset else Literal("Z"), where)


def _timed(name: str, arguments: list[Argument], position: int) -> Expr:
    """`dateadd(x, 3, "days")` and `datediff(from, to, "hours")`."""
    if len(arguments) != 3:
        raise ExpressionError(f"{name} takes 3 arguments, not {len(arguments)}", position)
    first, second, unit = (_value(name, argument) for argument in arguments)
    seconds = unit_seconds(unit, arguments[2].position)
    return (moved if name == "dateadd" else distance)(first, second, seconds)


_SPECIAL: dict[str, Callable[[str, list[Argument], int], Expr]] = {
    "split": _split,
    "contains": _contains,
    "sum": _aggregate,
    "min": _aggregate,
    "max": _aggregate,
    "merge": _merge,
    "sort": _sort,
    "selectattr": _select,
    "rejectattr": _select,
    "slice": _slice,
    "isotime": _dated,
    "dateparts": _dated,
    "strftime": _strftime,
    "dateadd": _timed,
    "datediff": _timed,
}
