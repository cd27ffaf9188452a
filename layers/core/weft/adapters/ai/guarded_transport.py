"""Lets a vendor's SDK speak through our guarded HTTP client instead of a network of its own."""

from collections.abc import Sequence

import httpx2

from weft.adapters.http.deadline import Deadline
from weft.ports.http import HttpClient

# The connection sets these anew from the body it sends.
_DROPPED = frozenset({"host", "content-length", "connection", "transfer-encoding"})
# A long answer of a model with its reasoning stays far below.
MAX_ANSWER_BYTES = 16 * 1024 * 1024


class GuardedTransport(httpx2.BaseTransport):
    """For one question; `allowed_hosts` None means any public host."""

    def __init__(
        self, http: HttpClient, seconds: float, allowed_hosts: Sequence[str] | None
    ) -> None:
        self._http = http
        self._deadline = Deadline(seconds)
        self._allowed_hosts = allowed_hosts

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """See httpx. Raises our `StepError`s."""
        headers = {k: v for k, v in request.headers.items() if v and not _dropped(k.lower())}
        headers["accept-encoding"] = "gzip, deflate"
        reply = self._http.request(
            request.method,
            str(request.url),
            headers=headers,
            body=request.read(),
            timeout=self._deadline.left(),
            follow_redirects=False,
            max_bytes=MAX_ANSWER_BYTES,
            allowed_hosts=self._allowed_hosts,
        )
        # The body is unpacked already.
        shown = {k: v for k, v in reply.headers.items() if k not in ("content-encoding",)}
        shown.pop("content-length", None)
        shown.pop("transfer-encoding", None)
        return httpx2.Response(reply.status, headers=shown, content=reply.body)


def _dropped(name: str) -> bool:
    """Also what the SDK tells its vendor about this machine."""
    return name in _DROPPED or name.startswith("x-stainless-")
