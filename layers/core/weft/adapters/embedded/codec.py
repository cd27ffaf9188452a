"""JSON columns: fast for all that is usual, and exact for what orjson will not take."""

import json
from typing import Any

import orjson


def pack(value: Any) -> bytes:
    """JSON bytes of a plain value. Whole numbers over 64 bits and lone surrogates are kept."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def unpack(text: bytes) -> Any:
    """What `pack` was given."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
