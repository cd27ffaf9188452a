"""Calls about times as written: a format becomes text around parts, a unit its seconds."""

from weft.expressions.ast import At, Binary, Call, Concat, Expr, Get, If, Let, Literal, Slice, Var
from weft.expressions.dates import is_offset, is_zone
from weft.expressions.errors import ExpressionError

UNITS = {
    "milliseconds": 0.001, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400,
    "weeks": 604_800,
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DIGITS = {
    "Y": ("year", 4), "y": ("year", 2), "m": ("month", 2), "d": ("day", 2), "H": ("hour", 2),
    "M": ("minute", 2), "S": ("second", 2), "L": ("millisecond", 3), "j": ("yearday", 3),
    "u": ("weekday", 1),
}  # fmt: skip
_NAMES = {
    "B": ("month", _MONTHS), "b": ("month", tuple(name[:3] for name in _MONTHS)),
    "A": ("weekday", _WEEKDAYS), "a": ("weekday", tuple(name[:3] for name in _WEEKDAYS)),
}  # fmt: skip
_PARTS = "parts"


def with_offset(value: Expr, offset: Expr, position: int) -> Expr:
    """The offset that is meant: where a constant names a zone, that zone's at the instant.

    Raises ExpressionError for a zone that is not there.
    """
    name = offset.value if isinstance(offset, Literal) else None
    if not isinstance(name, str) or is_offset(name):
        return offset
    if not is_zone(name):
        raise ExpressionError(
            f"there is no time zone “{name}”", position, "Write +02:00, Z or Europe/Berlin."
        )
    return Call("utcoffset", (value, offset))


def formatted(value: Expr, layout: str, offset: Expr, position: int) -> Expr:
    """`strftime`: the parts of an instant between plain text. Raises ExpressionError."""
    pieces: list[Expr] = []
    plain, rest = "", layout
    while rest:
        before, percent, rest = rest.partition("%")
        plain += before
        if not percent:
            break
        code, rest = rest[:1], rest[1:]
        if code == "%":
            plain += "%"
            continue
        if plain:
            pieces.append(Literal(plain))
            plain = ""
        pieces.append(_piece(code, position))
    if plain:
        pieces.append(Literal(plain))
    missing = Binary("==", Var(_PARTS), Literal(None))
    text = If(missing, Literal(None), Concat(tuple(pieces)))
    return Let(_PARTS, Call("dateparts", (value, with_offset(value, offset, position))), text)


def _piece(code: str, position: int) -> Expr:
    if code in _DIGITS:
        part, width = _DIGITS[code]
        shifted = Binary("+", Get(Var(_PARTS), part), Literal(10_000))
        return Slice(Call("string", (shifted,)), Literal(-width), None)
    if code in _NAMES:
        part, words = _NAMES[code]
        return At(Literal(["", *words]), Get(Var(_PARTS), part))
    known = ", ".join(f"%{name}" for name in (*_DIGITS, *_NAMES, "%"))
    raise ExpressionError(f"a date has no “%{code}”", position, f"Known: {known}.")


def unit_seconds(unit: Expr, position: int) -> float | int:
    """Seconds of a constant unit, singular or plural. Raises ExpressionError."""
    name = unit.value if isinstance(unit, Literal) else None
    known = UNITS.get(str(name)) or UNITS.get(f"{name}s")
    if known is None:
        raise ExpressionError(
            "the unit must be a text in quotes", position, f"Known: {', '.join(UNITS)}."
        )
    return known


def moved(value: Expr, amount: Expr, seconds: float | int) -> Expr:
    """`dateadd`: an instant some time later, as text in UTC."""
    distance = Binary("*", amount, Literal(seconds))
    return Call("isotime", (Binary("+", Call("epoch", (value,)), distance),))


def distance(start: Expr, end: Expr, seconds: float | int) -> Expr:
    """`datediff`: how many units it is from one instant to another."""
    between = Binary("-", Call("epoch", (end,)), Call("epoch", (start,)))
    return Binary("/", between, Literal(seconds))
