"""Meaning of plain values: truth, equality, order, text and numbers. Every rule stands here once.

JSON objects are unordered: wherever order shows (text, `keys`, `values`, `items`), it is that of
the sorted keys, so a value does not depend on the host that computed it.
"""

import math
from collections.abc import Hashable
from decimal import Decimal

from weft.expressions.ast import JsonValue
from weft.expressions.errors import ExpressionLimit

MAX_COST = 1_000_000  # evaluation steps and elements produced; about a second
CHARACTERS = 16  # that cost as much as one step
LARGEST_NUMBER = 1.797e308  # results of greater magnitude are null, in every host
SMALLEST_TEXT = 1e-307  # numbers closer to 0 are written as 0
EXACT = 2**53


class Meter:
    """Counts what an evaluation costs."""

    def __init__(self, budget: int = MAX_COST) -> None:
        self.left = budget

    def charge(self, amount: int = 1) -> None:
        """Raises ExpressionLimit when the budget is used up."""
        self.left -= amount
        if self.left < 0:
            raise ExpressionLimit("the expression takes too many steps or makes too large a value")

    def charge_text(self, characters: int) -> None:
        """The cost of making a text. Raises ExpressionLimit."""
        self.charge(characters // CHARACTERS)


def truthy(value: JsonValue) -> bool:
    """null, false, 0, "", [] and {} are false; everything else is true."""
    return bool(value)


def type_name(value: JsonValue) -> str:
    """One of null, boolean, number, string, array, object."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def identity(value: JsonValue, meter: Meter) -> Hashable:
    """A key that two values share exactly when they are equal: deep, typed, 1 and 1.0 the same."""
    meter.charge()
    if isinstance(value, list):
        return ("array", tuple(identity(item, meter) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((k, identity(v, meter)) for k, v in value.items()))
    return (type_name(value), value)


def equal(left: JsonValue, right: JsonValue, meter: Meter) -> bool:
    """Deep and typed: `1 == 1.0`, `true != 1`, key order does not matter."""
    meter.charge()
    if left is right:
        return True
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(equal(a, b, meter) for a, b in pairs)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k], meter) for k in left)
    return type_name(left) == type_name(right) and left == right


def number(value: JsonValue) -> int | float | None:
    """The value when it is a number that a double can hold."""
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**308 else None
    return value if math.isfinite(value) else None


def integer(value: JsonValue) -> int | None:
    """The value when it is a whole number."""
    known = number(value)
    return int(known) if known is not None and known == math.floor(known) else None


def tidy(value: float) -> int | float | None:
    """A computed number as JSON: whole ones are integers, no negative zero, no infinity."""
    if math.isnan(value) or abs(value) > LARGEST_NUMBER:
        return None
    return int(value) if value == math.floor(value) and abs(value) <= EXACT else value


def moved_and_rounded(value: float, places: int) -> float:
    """`value` to `places` decimals (may be negative), halves to even, as JSONata rounds: the point
    is moved in the number's shortest text and the double next to that is rounded."""
    mantissa, _, exponent = repr(value).partition("e")
    moved = round(float(f"{mantissa}e{int(exponent or 0) + places}"))
    return float(f"{moved}e{-places}")


def number_text(value: int | float) -> str:
    """Whole numbers below 1e21 in full, others to 15 significant digits, as ECMAScript writes them.

    What is no JSON number (an infinity, an integer beyond doubles) is written as null. Hosts
    disagree on numbers closer to 0 than 1e-307, so these are 0, and on those beyond LARGEST_NUMBER,
    which are written as that.
    """
    finite = number(value)
    if finite is None:
        return "null"
    known = max(-LARGEST_NUMBER, min(LARGEST_NUMBER, float(finite)))
    size = abs(known)
    if size < SMALLEST_TEXT:
        return "0"
    if size < 1e21 and known == math.floor(known):
        return str(int(known))
    if size < 1e-7:
        digits = Decimal(f"{known:.15g}")
    else:
        digits = Decimal(repr(moved_and_rounded(known, 14 - Decimal(size).adjusted())))
    sign, numerals, power = digits.normalize().as_tuple()
    text, point = "".join(map(str, numerals)), len(numerals) + int(power)
    return ("-" if sign else "") + _placed(text, point)


def _placed(text: str, point: int) -> str:
    """Digits with the decimal point after `point` of them, as ECMAScript writes numbers."""
    if len(text) <= point <= 21:
        return text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + text
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


_CONTROL = {chr(code): f"\\u{code:04x}" for code in range(32)} | {
    "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\",
}  # fmt: skip
_QUOTING = str.maketrans(_CONTROL)


def json_text(value: JsonValue, meter: Meter) -> str:
    """Compact JSON with sorted keys."""
    meter.charge()
    if isinstance(value, str):
        meter.charge_text(len(value))
        return f'"{value.translate(_QUOTING)}"'
    if isinstance(value, list):
        return "[" + ",".join(json_text(item, meter) for item in value) + "]"
    if isinstance(value, dict):
        fields = (json_text(k, meter) + ":" + json_text(value[k], meter) for k in sorted(value))
        return "{" + ",".join(fields) + "}"
    return text_of(value, meter) if value is not None else "null"


def text_of(value: JsonValue, meter: Meter) -> str:
    """A value inside text: null is empty, booleans true/false, arrays and objects compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    return json_text(value, meter)
