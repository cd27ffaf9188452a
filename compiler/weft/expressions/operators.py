"""The operators on plain values. None of them raises; where there is no answer, it is null."""

import math
from collections.abc import Callable

from weft.expressions.ast import JsonValue
from weft.expressions.values import EXACT, LARGEST_NUMBER, Meter, equal, number, text_of, tidy

_LARGEST_QUOTIENT = 2**53 - 1
_SUMMABLE = 8e307  # two of them cannot overflow; larger ones are refused in every host


def add(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Sum of two numbers; two texts or two arrays one behind the other."""
    if type(left) is int and type(right) is int:
        total = left + right
        if abs(left) <= EXACT and abs(right) <= EXACT and abs(total) <= EXACT:
            return total  # what the way over doubles gives, too
    if isinstance(left, str) and isinstance(right, str):
        meter.charge_text(len(left) + len(right))
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        meter.charge(len(left) + len(right))
        return left + right
    a, b = number(left), number(right)
    if a is None or b is None or abs(a) > _SUMMABLE or abs(b) > _SUMMABLE:
        return None
    return tidy(float(a) + float(b))


def subtract(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Difference of two numbers."""
    b = number(right)
    if number(left) is None or b is None:
        return None
    return add(left, -b, meter)


def multiply(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Product of two numbers."""
    a, b = number(left), number(right)
    if a is None or b is None:
        return None
    if abs(b) > 1 and abs(a) > LARGEST_NUMBER / abs(b):
        return None
    return tidy(float(a) * float(b))


def _quotient(left: JsonValue, right: JsonValue) -> float | None:
    a, b = number(left), number(right)
    if a is None or b is None or b == 0:
        return None
    if abs(b) < 1 and abs(a) > LARGEST_NUMBER * abs(b):
        return None
    return float(a) / float(b)


def divide(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Quotient of two numbers; null for a divisor of 0."""
    quotient = _quotient(left, right)
    return None if quotient is None else tidy(quotient)


def floor_divide(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Quotient rounded down."""
    quotient = _quotient(left, right)
    return None if quotient is None else tidy(float(math.floor(quotient)))


def modulo(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Rest with the sign of the divisor (Python's rule); null when the quotient is not exact."""
    quotient = _quotient(left, right)
    a, b = number(left), number(right)
    if quotient is None or a is None or b is None:
        return None
    whole = math.floor(quotient)
    return None if abs(whole) > _LARGEST_QUOTIENT else tidy(float(a) - float(b) * float(whole))


def negate(operand: JsonValue) -> JsonValue:
    """The number with its sign turned."""
    known = number(operand)
    return None if known is None else tidy(-known) if known == 0 else -known


def less(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Order of two numbers or two texts (by code point); false for anything else."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    a, b = number(left), number(right)
    return a is not None and b is not None and a < b


def at_most(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Like `less`, or equal numbers or texts."""
    if isinstance(left, str) and isinstance(right, str):
        return left <= right
    a, b = number(left), number(right)
    return a is not None and b is not None and a <= b


def contained(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Element of an array (deep equality), part of a text, key of an object; else false."""
    if isinstance(right, list):
        return any(equal(left, item, meter) for item in right)
    return isinstance(right, (str, dict)) and isinstance(left, str) and left in right


def concatenate(left: JsonValue, right: JsonValue, meter: Meter) -> JsonValue:
    """Both as text, one behind the other."""
    text = text_of(left, meter) + text_of(right, meter)
    meter.charge_text(len(text))
    return text


Operator = Callable[[JsonValue, JsonValue, Meter], JsonValue]

OPERATORS: dict[str, Operator] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "//": floor_divide,
    "%": modulo,
    "==": equal,
    "!=": lambda left, right, meter: not equal(left, right, meter),
    "<": less,
    "<=": at_most,
    ">": lambda left, right, meter: less(right, left, meter),
    ">=": lambda left, right, meter: at_most(right, left, meter),
    "in": contained,
    "~": concatenate,
}
