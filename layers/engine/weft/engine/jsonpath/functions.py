"""The intrinsic functions of the language, by name.

Source: the AWS page "Intrinsic functions for JSONPath states"; its limits are the constants here.
"""

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from weft.engine.json import JsonValue, to_json, type_name
from weft.engine.jsonpath.errors import IntrinsicFailure

MAX_ITEMS: Final = 1_000  # of States.ArrayRange
MAX_TEXT: Final = 10_000  # characters for Base64 and Hash
HASHES: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
_HOLES: Final = re.compile(r"\\(?P<escaped>.)|\{\}", re.DOTALL)


def format_(template: JsonValue, *values: JsonValue) -> JsonValue:
    """`States.Format('Hello {}', $.name)`."""
    text = _string(template, "States.Format")
    left = iter(values)
    used = 0

    def fill(found: re.Match[str]) -> str:
        nonlocal used
        if found["escaped"] is not None:
            return found["escaped"]
        used += 1
        return _shown(next(left, None)) if used <= len(values) else ""

    filled = _HOLES.sub(fill, text)
    if used != len(values):
        raise IntrinsicFailure(f"States.Format has {used} placeholders but {len(values)} arguments")
    return filled


def string_to_json(text: JsonValue) -> JsonValue:
    """`States.StringToJson('{"a": 1}')`; an empty text is null."""
    given = _string(text, "States.StringToJson")
    if not given.strip():
        return None
    try:
        return json.loads(given, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise IntrinsicFailure(f"States.StringToJson: {error}") from error


def json_to_string(value: JsonValue) -> JsonValue:
    """`States.JsonToString($.object)`, without blanks."""
    return to_json(value).decode()


def array(*values: JsonValue) -> JsonValue:
    """`States.Array(1, $.two)`."""
    return list(values)


def array_partition(items: JsonValue, size: JsonValue) -> JsonValue:
    """`States.ArrayPartition([1,2,3], 2)` is `[[1,2],[3]]`."""
    whole = _array(items, "States.ArrayPartition")
    step = _integer(size, "States.ArrayPartition")
    if step < 1:
        raise IntrinsicFailure("States.ArrayPartition: the size of a part must be positive")
    return [whole[i : i + step] for i in range(0, len(whole), step)]


def array_contains(items: JsonValue, value: JsonValue) -> JsonValue:
    """`States.ArrayContains([1,2], 2)`."""
    return any(
        type_name(item) == type_name(value) and item == value
        for item in _array(items, "States.ArrayContains")
    )


def array_range(first: JsonValue, last: JsonValue, step: JsonValue) -> JsonValue:
    """`States.ArrayRange(0, 9, 3)` is `[0,3,6,9]`; decimals are rounded to integers first."""
    start, stop, by = (_integer(v, "States.ArrayRange") for v in (first, last, step))
    if by == 0:
        raise IntrinsicFailure("States.ArrayRange: the step must not be zero")
    if (stop - start) // by >= MAX_ITEMS:
        raise IntrinsicFailure(f"States.ArrayRange gives at most {MAX_ITEMS} items")
    return list(range(start, stop + (1 if by > 0 else -1), by))


def array_get_item(items: JsonValue, index: JsonValue) -> JsonValue:
    """`States.ArrayGetItem([1,2], 0)`."""
    whole, at = _array(items, "States.ArrayGetItem"), _integer(index, "States.ArrayGetItem")
    if not 0 <= at < len(whole):
        raise IntrinsicFailure(f"States.ArrayGetItem: there is no item {at}")
    return whole[at]


def array_length(items: JsonValue) -> JsonValue:
    """`States.ArrayLength([1,2])`."""
    return len(_array(items, "States.ArrayLength"))


def array_unique(items: JsonValue) -> JsonValue:
    """`States.ArrayUnique([1,1,2])`, in the order of first appearance."""
    seen: dict[bytes, JsonValue] = {}
    for item in _array(items, "States.ArrayUnique"):
        seen.setdefault(to_json(item), item)
    return list(seen.values())


def base64_encode(text: JsonValue) -> JsonValue:
    """`States.Base64Encode('text')`."""
    raw = _short(text, "States.Base64Encode").encode("utf-8", "surrogatepass")
    return base64.b64encode(raw).decode()


def base64_decode(text: JsonValue) -> JsonValue:
    """`States.Base64Decode('dGV4dA==')`."""
    try:
        return base64.b64decode(_short(text, "States.Base64Decode"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise IntrinsicFailure(f"States.Base64Decode: {error}") from error


def hash_(data: JsonValue, algorithm: JsonValue) -> JsonValue:
    """`States.Hash($.text, 'SHA-256')`, hexadecimal; a value that is no string by its JSON."""
    name = HASHES.get(_string(algorithm, "States.Hash"))
    if name is None:
        raise IntrinsicFailure(f"States.Hash knows {', '.join(HASHES)}, not '{algorithm}'")
    text = data if isinstance(data, str) else to_json(data).decode()
    raw = _short(text, "States.Hash").encode("utf-8", "surrogatepass")
    return hashlib.new(name, raw, usedforsecurity=False).hexdigest()


def json_merge(first: JsonValue, second: JsonValue, deep: JsonValue) -> JsonValue:
    """`States.JsonMerge($.a, $.b, false)`: the second wins; only the shallow mode exists."""
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise IntrinsicFailure("States.JsonMerge merges two objects")
    if deep is not False:
        raise IntrinsicFailure("States.JsonMerge only supports the shallow merging mode (false)")
    return {**first, **second}


def math_random(first: JsonValue, last: JsonValue, seed: JsonValue = None) -> JsonValue:
    """`States.MathRandom(1, 999)`: from the first (included) up to the last (not included)."""
    low, high = (_integer(v, "States.MathRandom") for v in (first, last))
    if low >= high:
        raise IntrinsicFailure("States.MathRandom: the first number must be below the last")
    # Authors draw samples with it; nothing of ours relies on it being hard to guess.
    if seed is None:
        return random.randrange(low, high)  # noqa: S311
    return random.Random(_integer(seed, "States.MathRandom")).randrange(low, high)  # noqa: S311


def math_add(first: JsonValue, second: JsonValue) -> JsonValue:
    """`States.MathAdd(1, -1)`; decimals are rounded to integers first."""
    return _integer(first, "States.MathAdd") + _integer(second, "States.MathAdd")


def string_split(text: JsonValue, separators: JsonValue) -> JsonValue:
    """`States.StringSplit('1,2;3', ',;')`: at each of the characters, leaving empty parts out."""
    given = _string(text, "States.StringSplit")
    signs = _string(separators, "States.StringSplit")
    if not signs:
        return [given]
    return [part for part in re.split(f"[{re.escape(signs)}]", given) if part]


def uuid_() -> JsonValue:
    """`States.UUID()`, version 4."""
    return str(uuid.uuid4())


# By name: the function, and how many arguments it takes at least and at most.
FUNCTIONS: Final[dict[str, tuple[Callable[..., JsonValue], int, int | None]]] = {
    "States.Format": (format_, 1, None),
    "States.StringToJson": (string_to_json, 1, 1),
    "States.JsonToString": (json_to_string, 1, 1),
    "States.Array": (array, 0, None),
    "States.ArrayPartition": (array_partition, 2, 2),
    "States.ArrayContains": (array_contains, 2, 2),
    "States.ArrayRange": (array_range, 3, 3),
    "States.ArrayGetItem": (array_get_item, 2, 2),
    "States.ArrayLength": (array_length, 1, 1),
    "States.ArrayUnique": (array_unique, 1, 1),
    "States.Base64Encode": (base64_encode, 1, 1),
    "States.Base64Decode": (base64_decode, 1, 1),
    "States.Hash": (hash_, 2, 2),
    "States.JsonMerge": (json_merge, 3, 3),
    "States.MathRandom": (math_random, 2, 3),
    "States.MathAdd": (math_add, 2, 2),
    "States.StringSplit": (string_split, 2, 2),
    "States.UUID": (uuid_, 0, 0),
}


def _shown(value: JsonValue) -> str:
    """As States.Format writes it: objects and arrays as Java prints maps and lists."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return to_json(value).decode()


def _string(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise IntrinsicFailure(f"{name} takes a string, not {to_json(value).decode()}")
    return value


def _short(value: JsonValue, name: str) -> str:
    text = _string(value, name)
    if len(text) > MAX_TEXT:
        raise IntrinsicFailure(f"{name} takes at most {MAX_TEXT} characters")
    return text


def _array(value: JsonValue, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicFailure(f"{name} takes an array, not {to_json(value).decode()}")
    return value


def _integer(value: JsonValue, name: str) -> int:
    """Rounded half up, as Java's Math.round does."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IntrinsicFailure(f"{name} takes numbers, not {to_json(value).decode()}")
    if isinstance(value, float) and not math.isfinite(value):
        raise IntrinsicFailure(f"{name} takes numbers, not {value}")
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
