"""JSON columns: fast for all that is usual, and exact for what orjson will not take."""

import json
from typing import Any

import orjson

from weft.domain.json_text import json_text


def pack(value: Any) -> bytes:
    """JSON bytes of a plain value; see `json_text` for what is beyond orjson."""
    return json_text(value)


def unpack(text: bytes) -> Any:
    """What `pack` was given."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
