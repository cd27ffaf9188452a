"""JSON between processes: fast where it can be, exact where it must be."""

import json
from typing import Any

import orjson

# Dates and dataclasses are no JSON, whatever orjson would make of them.
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def to_json(value: Any) -> bytes:
    """Compact UTF-8. Raises `TypeError`, `ValueError` or `RecursionError` for what is no JSON."""
    try:
        return orjson.dumps(value, option=_STRICT)
    except TypeError:
        # orjson refuses integers over 64 bits and lone surrogates; the slow printer takes them.
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "surrogatepass")


def from_json(text: bytes) -> Any:
    """Reads what `to_json` wrote. Raises `ValueError`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text.decode("utf-8", "surrogatepass"))
