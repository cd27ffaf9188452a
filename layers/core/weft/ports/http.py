"""Calls over HTTP, for nodes and for the server itself: one guarded way out (rule 15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, Unpack

import orjson

DEFAULT_TIMEOUT_SECONDS = 30.0
DEFAULT_MAX_BYTES = 10 * 1024 * 1024


class HttpOptions(TypedDict, total=False):
    """What a request may say beyond its method and URL; everything has a default.

    `body` and `json` exclude each other. `timeout` is the total in seconds, from resolving the
    name to the last byte, over all redirects (default 30). `max_bytes` caps the reply's body
    after decompression (default 10 MiB). `auth` is a user and password for basic authentication.
    `allowed_hosts` are the hosts the request may go to (`api.example.com`, `*.example.com`);
    None, the default, is any public host.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str | Sequence[str]]
    body: bytes | str
    json: Any
    timeout: float
    follow_redirects: bool
    max_bytes: int
    auth: tuple[str, str]
    allowed_hosts: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What came back, whatever its status. Header names are in lower case; `url` is the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str

    @property
    def text(self) -> str:
        """The body as text, in the charset it declares or UTF-8; what does not fit becomes �."""
        charset = "utf-8"
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                charset = value.strip("\"' ")
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError` when it is something else."""
        return orjson.loads(self.body)


class HttpClient(Protocol):
    """Reaches public addresses only, unless the operator allowed more."""

    def request(self, method: str, url: str, **options: Unpack[HttpOptions]) -> HttpReply:
        """The reply, also when its status is an error.

        Raises `StepRefused` for a URL, address or host it must not reach, `TransientStepError`
        for names that do not resolve, lost connections and time-outs, and `PermanentStepError`
        for what no retry mends: a malformed URL, a bad certificate, a body over `max_bytes`.
        """
        ...
