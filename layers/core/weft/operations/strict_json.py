"""Reads JSON that comes from outside: strict UTF-8, bounded depth."""

from typing import Any

import orjson

from weft.domain.errors import Invalid

# Deeper than any graph, shallow enough that nothing behind the border recurses too far.
MAX_DEPTH = 64


def parse_json(raw: bytes) -> Any:
    """Parse a JSON text. Raises `Invalid` for bad UTF-8, bad JSON, or nesting over 64."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"the body is not JSON in UTF-8: {error.msg}") from error
    # Counting brackets is one pass in C; only suspicious documents are walked.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(v for v in item.values() if isinstance(v, dict | list))
            elif isinstance(item, list):
                below.extend(v for v in item if isinstance(v, dict | list))
        if not below:
            return
        level = below
    raise Invalid(f"the body nests deeper than {MAX_DEPTH} levels")
