"""JSON text and sizes as Step Functions counts them, without losing large integers."""

import json
from typing import Any

import orjson

JsonValue = Any  # a JSON document; values are shared between states and must never be changed

# Input and output of a state or execution, in UTF-8 bytes (Step Functions service quotas).
MAX_PAYLOAD_BYTES = 262_144


def to_json(value: JsonValue) -> bytes:
    """Compact UTF-8 JSON. Raises TypeError for what is not JSON (a function, a set)."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers over 64 bits and lone surrogates; the slow printer takes them.
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "surrogatepass")


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
