"""JSON text and sizes as Step Functions counts them, without losing large integers."""

import json
from typing import Any

import orjson

JsonValue = Any  # a JSON document; values are shared between states and must never be changed

# Input and output of a state or execution, in UTF-8 bytes (Step Functions service quotas).
MAX_PAYLOAD_BYTES = 262_144
# As deep as the fast JSON library writes; Step Functions names no limit of its own.
MAX_DEPTH = 254


def to_json(value: JsonValue) -> bytes:
    """Compact UTF-8 JSON. Raises TypeError for what is not JSON (a function, a set)."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers over 64 bits and lone surrogates; the slow printer takes them.
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "surrogatepass")


def to_payload(value: JsonValue) -> bytes:
    """JSON of what a state takes or gives. Raises ValueError for nesting over 254 levels.

    Deeper values could be written here, but not read by everybody who shows or hands them on.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        if _deeper(value, MAX_DEPTH):
            raise ValueError(f"it nests deeper than {MAX_DEPTH} levels") from None
        return to_json(value)


def _deeper(value: JsonValue, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            item
            for holder in level
            if isinstance(holder, dict | list)
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
    return any(isinstance(item, dict | list) for item in level)


def from_json(text: bytes | str) -> JsonValue:
    """Read what `to_json` wrote."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogatepass")
        return json.loads(text)


def type_name(value: JsonValue) -> str:
    """The JSON type as Step Functions words it in a cause."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, dict) else "function"
