"""What the functions do to plain values. None raises; an argument of a wrong type gives null."""

import json
import math
import re
from collections.abc import Callable, Hashable
from typing import Any

from weft.expressions.ast import JsonValue
from weft.expressions.operators import contained
from weft.expressions.regex import found_in, parse_pattern
from weft.expressions.values import (
    Meter,
    identity,
    integer,
    json_text,
    moved_and_rounded,
    number,
    number_text,
    text_of,
    tidy,
    truthy,
    type_name,
)

SPACE = " \t\n\r\f\v"
LONGEST_RANGE = 1_000
MOST_DECIMALS = 6  # of `fixed`
LARGEST_SUMMAND = 1e292  # of `sum`; larger ones could overflow in the middle of a sum
_NUMBER = re.compile(r"-?[0-9]{1,200}(\.[0-9]{1,200})?([eE][-+]?[0-9]{1,2})?", re.ASCII)

Function = Callable[[JsonValue, JsonValue], JsonValue]


def _texts(*values: JsonValue) -> bool:
    return all(isinstance(value, str) for value in values)


def default(meter: Meter, value: JsonValue, other: JsonValue = None) -> JsonValue:
    return other if value is None else value


def length(meter: Meter, value: JsonValue) -> JsonValue:
    return len(value) if isinstance(value, (str, list, dict)) else None


def upper(meter: Meter, text: JsonValue) -> JsonValue:
    return text.upper() if isinstance(text, str) else None


def lower(meter: Meter, text: JsonValue) -> JsonValue:
    return text.lower() if isinstance(text, str) else None


def trim(meter: Meter, text: JsonValue) -> JsonValue:
    return text.strip(SPACE) if isinstance(text, str) else None


def replace(meter: Meter, text: JsonValue, old: JsonValue, new: JsonValue) -> JsonValue:
    if not (isinstance(text, str) and isinstance(old, str) and isinstance(new, str)):
        return None
    if old == "":
        return text
    meter.charge_text(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def split(meter: Meter, text: JsonValue, separator: JsonValue) -> JsonValue:
    if not (isinstance(text, str) and isinstance(separator, str)):
        return None
    return list(text.split(separator)) if separator else [text]


def words(meter: Meter, text: JsonValue) -> JsonValue:
    if not isinstance(text, str):
        return None
    return [word for word in re.split(f"[{SPACE}]+", text) if word]


def join(meter: Meter, items: JsonValue, separator: JsonValue = "") -> JsonValue:
    if not (isinstance(items, list) and isinstance(separator, str)):
        return None
    texts = [text_of(item, meter) for item in items]
    meter.charge_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def startswith(meter: Meter, text: JsonValue, prefix: JsonValue) -> JsonValue:
    ok = isinstance(text, str) and isinstance(prefix, str)
    return str(text).startswith(str(prefix)) if ok else None


def endswith(meter: Meter, text: JsonValue, suffix: JsonValue) -> JsonValue:
    ok = isinstance(text, str) and isinstance(suffix, str)
    return str(text).endswith(str(suffix)) if ok else None


def contains(meter: Meter, whole: JsonValue, part: JsonValue) -> JsonValue:
    return contained(part, whole, meter)


def matches(meter: Meter, text: JsonValue, pattern: JsonValue) -> JsonValue:
    if not (isinstance(text, str) and isinstance(pattern, str)):
        return None
    return found_in(parse_pattern(pattern), text, meter)


def rounded(meter: Meter, value: JsonValue, digits: JsonValue = 0) -> JsonValue:
    known, places = number(value), integer(digits)
    if known is None or places is None or abs(places) > 15:
        return None
    # No more digits are kept than a double holds: engines differ on the last one.
    if abs(known) >= (9e15 / 10.0**places if places >= 0 else 1e21):
        return value
    return tidy(moved_and_rounded(float(known), places))


def floor(meter: Meter, value: JsonValue) -> JsonValue:
    known = number(value)
    return None if known is None else tidy(float(math.floor(known)))


def ceil(meter: Meter, value: JsonValue) -> JsonValue:
    known = number(value)
    return None if known is None else tidy(float(math.ceil(known)))


def absolute(meter: Meter, value: JsonValue) -> JsonValue:
    known = number(value)
    return None if known is None else abs(known)


def to_number(meter: Meter, value: JsonValue) -> JsonValue:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return tidy(float(value)) if _NUMBER.fullmatch(value) else None
    return number(value)


def to_int(meter: Meter, value: JsonValue) -> JsonValue:
    known = number(to_number(meter, value))
    return None if known is None else tidy(float(math.trunc(known)))


def to_boolean(meter: Meter, value: JsonValue) -> JsonValue:
    return truthy(value)


def to_string(meter: Meter, value: JsonValue) -> JsonValue:
    return text_of(value, meter)


def kind(meter: Meter, value: JsonValue) -> JsonValue:
    return type_name(value)


def tojson(meter: Meter, value: JsonValue) -> JsonValue:
    return json_text(value, meter)


def fromjson(meter: Meter, text: JsonValue) -> JsonValue:
    if not isinstance(text, str):
        return None
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)


def first(meter: Meter, items: JsonValue) -> JsonValue:
    return items[0] if isinstance(items, list) and items else None


def last(meter: Meter, items: JsonValue) -> JsonValue:
    return items[-1] if isinstance(items, list) and items else None


def reverse(meter: Meter, items: JsonValue) -> JsonValue:
    return items[::-1] if isinstance(items, list) else None


def unique(meter: Meter, items: JsonValue) -> JsonValue:
    if not isinstance(items, list):
        return None
    kept = {identity(item, meter): item for item in reversed(items)}
    return [kept.pop(key) for item in items if (key := identity(item, meter)) in kept]


def _numbers(items: JsonValue) -> list[int | float] | None:
    if not isinstance(items, list):
        return None
    known = [found for item in items if (found := number(item)) is not None]
    return known if len(known) == len(items) else None


def total(meter: Meter, items: JsonValue) -> JsonValue:
    known = _numbers(items)
    if known is None or any(abs(item) > LARGEST_SUMMAND for item in known):
        return None
    result = 0.0
    for item in known:  # not sum(): newer Pythons compensate, JSONata does not
        result += item
    return tidy(result)


def smallest(meter: Meter, items: JsonValue) -> JsonValue:
    return min(_numbers(items) or [], default=None)


def largest(meter: Meter, items: JsonValue) -> JsonValue:
    return max(_numbers(items) or [], default=None)


def keys(meter: Meter, value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return None
    found: list[JsonValue] = []
    found += sorted(value)
    return found


def values(meter: Meter, value: JsonValue) -> JsonValue:
    return [value[key] for key in sorted(value)] if isinstance(value, dict) else None


def items(meter: Meter, value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return None
    return [{"key": key, "value": value[key]} for key in sorted(value)]


def merge(meter: Meter, left: JsonValue, right: JsonValue) -> JsonValue:
    if left is None or right is None:
        known = left if right is None else right
        return known if isinstance(known, dict) else None
    return {**left, **right} if isinstance(left, dict) and isinstance(right, dict) else None


def mapped(meter: Meter, items: JsonValue, function: Function) -> JsonValue:
    if not isinstance(items, list):
        return None
    return [function(item, index) for index, item in enumerate(items)]


def filtered(meter: Meter, items: JsonValue, function: Function) -> JsonValue:
    if not isinstance(items, list):
        return None
    return [item for index, item in enumerate(items) if truthy(function(item, index))]


def some(meter: Meter, items: JsonValue, function: Function) -> JsonValue:
    kept = filtered(meter, items, function)
    return len(kept) > 0 if isinstance(kept, list) else None


def every(meter: Meter, items: JsonValue, function: Function) -> JsonValue:
    kept = filtered(meter, items, function)
    return len(kept) == len(items) if isinstance(kept, list) and isinstance(items, list) else None


def ordered(meter: Meter, items: JsonValue, function: Function | None = None) -> JsonValue:
    if not isinstance(items, list):
        return None
    by: list[Any] = [function(item, i) if function else item for i, item in enumerate(items)]
    kinds = {type_name(key) for key in by}
    if kinds and kinds not in ({"number"}, {"string"}):
        return None
    meter.charge(len(items))
    order = sorted(range(len(items)), key=lambda index: by[index])
    return [items[index] for index in order]


def grouped(meter: Meter, items: JsonValue, function: Function) -> JsonValue:
    if not isinstance(items, list):
        return None
    found: dict[Hashable, tuple[JsonValue, list[JsonValue]]] = {}
    for index, item in enumerate(items):
        key = function(item, index)
        found.setdefault(identity(key, meter), (key, []))[1].append(item)
    return [{"key": key, "items": members} for key, members in found.values()]


def reduced(meter: Meter, items: JsonValue, function: Function, start: JsonValue) -> JsonValue:
    if not isinstance(items, list):
        return None
    for item in items:
        start = function(start, item)
    return start


def flattened(meter: Meter, items: JsonValue) -> JsonValue:
    if not isinstance(items, list):
        return None
    found: list[JsonValue] = []
    for item in items:
        found += item if isinstance(item, list) else [item]
        meter.charge(len(item) if isinstance(item, list) else 1)
    return found


def numbers_between(meter: Meter, start: JsonValue, stop: JsonValue) -> JsonValue:
    first, end = integer(start), integer(stop)
    if first is None or end is None or abs(first) > 9e15 or end - first > LONGEST_RANGE:
        return None
    found: list[JsonValue] = []
    found += range(first, end)
    return found


def from_items(meter: Meter, items: JsonValue) -> JsonValue:
    if not isinstance(items, list):
        return None
    found: dict[str, JsonValue] = {}
    for item in items:
        key = item.get("key") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(key, str) or key == "__proto__":
            return None
        found[key] = item.get("value")
    return found


def fixed(meter: Meter, value: JsonValue, digits: JsonValue) -> JsonValue:
    places = integer(digits)
    if places is None or not 0 <= places <= MOST_DECIMALS:
        return None
    near = number(rounded(meter, value, places))
    if near is None:
        return None
    text = number_text(near)
    if "e" in text or places == 0:
        return text
    whole, _, decimals = text.partition(".")
    return f"{whole}.{(decimals + '0' * places)[:places]}"
