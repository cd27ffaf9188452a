"""JSON responses; none of them validates what our own code made."""

from typing import Any

from starlette.responses import Response

from weft.domain.json_text import json_text


class Json(Response):
    """A JSON answer. Times are text already; keys are text by construction."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Serialise dataclasses, dicts and plain JSON."""
        return json_text(content)


NO_CONTENT = 204


def nothing() -> Response:
    """The answer to a deletion."""
    return Response(status_code=NO_CONTENT)
