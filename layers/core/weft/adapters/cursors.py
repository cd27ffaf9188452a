"""Cursors over (time, id): stable while new rows arrive, and opaque to callers."""

import base64
import binascii

import orjson

from weft.domain.errors import Invalid


def cursor_of(time: int, id: str) -> str:
    """Points behind the row with that time and id."""
    return base64.urlsafe_b64encode(orjson.dumps([time, id])).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """Raises `Invalid` for anything that `cursor_of` did not make."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        time, id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError) as error:
        raise Invalid("the cursor is not one of this list") from error
    if not isinstance(time, int) or not isinstance(id, str):
        raise Invalid("the cursor is not one of this list")
    return time, id
