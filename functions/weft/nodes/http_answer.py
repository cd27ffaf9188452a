"""What an HTTP answer's body is as a value, whoever made the call."""

import base64
from typing import Any

from weft.ports.http import HttpReply


def body_of(method: str, reply: HttpReply) -> Any:
    """JSON by its content type, else text, else `{content_type, base64}`; None without a body."""
    if method == "HEAD" or not reply.body:
        return None
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            return reply.json()
        except ValueError:
            return reply.text
    if kind.startswith("text/") or "charset" in reply.headers.get("content-type", ""):
        return reply.text
    try:
        return reply.body.decode("utf-8")
    except UnicodeDecodeError:
        return {"content_type": kind, "base64": base64.b64encode(reply.body).decode()}
