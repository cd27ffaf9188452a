"""Lists in pages; a token says where the next page begins, and means nothing to anybody else."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from weft.engine.json import from_json, to_json
from weft.stepfunctions.refusals import Refused

DEFAULT_PAGE: Final = 100
Item = TypeVar("Item")


def size_of(request: dict[str, Any]) -> int:
    """How many items the caller wants at most."""
    return int(request.get("maxResults") or DEFAULT_PAGE)


def token_for(subject: str, place: int) -> str:
    """A token for the page that begins at `place` of the list that `subject` names."""
    return base64.urlsafe_b64encode(to_json([subject, place])).decode()


def place_of(request: dict[str, Any], subject: str) -> int | None:
    """Where the request's token points; None without one. Raises Refused for another list's."""
    token = request.get("nextToken")
    if token is None:
        return None
    try:
        found = from_json(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        found = None
    if not isinstance(found, list) or len(found) != 2 or found[0] != subject:
        raise Refused("InvalidToken", f"Invalid Token: '{token[:100]}'")
    return int(found[1])


def page(
    request: dict[str, Any], subject: str, items: Sequence[Item]
) -> tuple[Sequence[Item], dict[str, str]]:
    """The wanted part of a whole list, and the member that leads to the next part, if any."""
    begin = place_of(request, subject) or 0
    end = begin + size_of(request)
    following = {"nextToken": token_for(subject, end)} if end < len(items) else {}
    return items[begin:end], following
