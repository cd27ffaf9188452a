"""How much JSON may cross the border to the host in one piece."""

import json
from typing import Final

import orjson

from weft.domain.workflow import Json

MAX_PAYLOAD: Final = 262_144  # bytes; Step Functions service quotas, input or output


def size_of(value: Json) -> int:
    """Bytes of UTF-8 JSON, as the host counts them."""
    try:
        return len(orjson.dumps(value))
    except TypeError:
        # orjson refuses integers over 64 bits and lone surrogates.
        return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
