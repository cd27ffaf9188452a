"""JSON text of whatever a run may hold, so that no value of one run can break reading another."""

import json
from dataclasses import asdict
from typing import Any, Final

import orjson

# orjson writes 254 levels; what is put around a value (a step, a page of steps) has the rest.
MAX_DEPTH: Final = 240
CUT: Final = "… (nests too deep to be kept)"


def json_text(value: Any) -> bytes:
    """Compact UTF-8 JSON of plain data and dataclasses.

    Whole numbers over 64 bits are kept, lone surrogates too, as escapes. Below 240 levels of
    nesting stands `CUT`: no state may give such a value, so it was only ever passing through.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        shallow = _cut(value, MAX_DEPTH)
        return json.dumps(shallow, separators=(",", ":"), default=asdict).encode()


def _cut(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        return {k: _cut(v, levels - 1) for k, v in value.items()} if levels else CUT
    if isinstance(value, list | tuple):
        return [_cut(item, levels - 1) for item in value] if levels else CUT
    return value
