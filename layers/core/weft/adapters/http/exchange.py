"""One hop of a request: what is sent, what may be followed, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from weft.adapters.http.hosts import host_allowed
from weft.domain.errors import PermanentStepError, StepRefused

# What another host may see of a request that was not meant for it: no keys, under any name.
_HARMLESS = frozenset({"accept", "accept-language", "user-agent", "content-type"})
# Weft and the connection decide these.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te",
     "trailer", "proxy-authorization", "proxy-connection"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hop:
    """A request to one URL; `allowed_hosts` None means any."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes | None
    allowed_hosts: Sequence[str] | None

    def check(self) -> None:
        """Raises `StepRefused` for where it must not go, `PermanentStepError` for nonsense."""
        url = self.url
        if url.scheme not in ("http", "https"):
            raise StepRefused(f"only http and https are called, not {url.scheme or 'no scheme'!r}")
        if not url.host:
            raise PermanentStepError("the URL names no host")
        if url.port is not None and not 0 < url.port < 65_536:
            raise PermanentStepError(f"there is no port {url.port}")
        if url.userinfo:
            raise PermanentStepError("a user or password in the URL is not sent; use a credential")
        for name in self.headers:
            if name.lower() in _OURS:
                raise PermanentStepError(f"the header {name} cannot be set")
        if self.allowed_hosts is not None:
            port = url.port or (443 if url.scheme == "https" else 80)
            if not host_allowed(url.host, port, self.allowed_hosts):
                raise StepRefused(
                    f"the credential may not be sent to {url.host}; add the host to the "
                    "credential's allowed hosts if that is meant"
                )

    def after(self, status: int, location: str) -> "Hop":
        """The next hop. Raises `PermanentStepError` for a location that is no URL."""
        try:
            url = self.url.join(location)
        except (httpx.InvalidURL, ValueError) as error:
            raise PermanentStepError(f"the redirect leads to no URL: {error}") from error
        hop = replace(self, url=url.copy_with(fragment=None))
        if status == 303 or (status in (301, 302) and self.method == "POST"):
            kept = {k: v for k, v in self.headers.items() if k.lower() != "content-type"}
            method = "HEAD" if self.method == "HEAD" else "GET"
            hop = replace(hop, method=method, body=None, headers=kept)
        if _origin(url) != _origin(self.url) and not _upgraded(self.url, url):
            kept = {k: v for k, v in hop.headers.items() if k.lower() in _HARMLESS}
            hop = replace(hop, headers=kept)
        return hop


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _upgraded(before: httpx.URL, after: httpx.URL) -> bool:
    """The usual redirect from http to https of the same host."""
    return (
        before.host == after.host
        and (before.scheme, after.scheme) == ("http", "https")
        and before.port in (None, 80)
        and after.port in (None, 443)
    )
