"""The guarded HTTP client: httpx over pinned addresses, redirects followed by the same rules."""

import base64
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Unpack

import httpcore
import httpx
import orjson

from weft.adapters.http.addresses import AddressPolicy
from weft.adapters.http.deadline import Deadline
from weft.adapters.http.exchange import Hop
from weft.adapters.http.pinned_network import PinnedNetwork, Resolve, resolve
from weft.adapters.http.transport import NetworkTransport
from weft.domain.errors import PermanentStepError, TransientStepError
from weft.ports.http import DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_SECONDS, HttpOptions, HttpReply

MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = "weft"


class GuardedHttpClient:
    """Keeps no cookies and no connections; safe to use from several threads."""

    def __init__(
        self,
        *,
        allow: Sequence[str] = (),
        look_up: Resolve = resolve,
        context: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
    ) -> None:
        """`allow`: CIDR ranges beside the public ones. Raises `ValueError` for what is none."""
        self._policy = AddressPolicy(allow)
        self._look_up = look_up
        self._make_context = context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        # Reading the certificates of all authorities takes longer than most requests.
        return self._make_context()

    def request(self, method: str, url: str, **options: Unpack[HttpOptions]) -> HttpReply:
        """See `weft.ports.http.HttpClient`."""
        hop = _first_hop(method, url, options)
        deadline = Deadline(options.get("timeout", DEFAULT_TIMEOUT_SECONDS))
        max_bytes = options.get("max_bytes", DEFAULT_MAX_BYTES)
        hop.check()
        network = PinnedNetwork(self._policy, deadline, self._look_up)
        try:
            with httpx.Client(
                transport=NetworkTransport(network, self._context), trust_env=False
            ) as client:
                return _follow(client, hop, options.get("follow_redirects", True), max_bytes)
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise deadline.passed() from error
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
            raise PermanentStepError(f"the request cannot be sent: {error}") from error
        except httpcore.ConnectError as error:
            raise _unconnected(hop, error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError) as error:
            raise TransientStepError(f"the connection to {hop.url.host} broke: {error}") from error
        except httpx.DecodingError as error:
            raise PermanentStepError(f"the answer cannot be unpacked: {error}") from error


def _first_hop(method: str, url: str, options: HttpOptions) -> Hop:
    headers = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "gzip, deflate"}
    given = {name.lower(): value for name, value in options.get("headers", {}).items()}
    body = _body(options, headers)
    if "auth" in options:
        token = base64.b64encode(":".join(options["auth"]).encode()).decode("ascii")
        headers["authorization"] = f"Basic {token}"
    headers |= given
    try:
        target = httpx.URL(url)
        if options.get("query"):
            target = target.copy_merge_params(_pairs(options["query"]))
        for name, value in headers.items():
            name.encode("ascii"), value.encode("latin-1")
    except (httpx.InvalidURL, TypeError, ValueError, AttributeError) as error:
        raise PermanentStepError(f"the URL, query or a header is malformed: {error}") from error
    return Hop(
        method=method.upper(),
        url=target.copy_with(fragment=None),
        headers=headers,
        body=body,
        allowed_hosts=options.get("allowed_hosts"),
    )


def _pairs(query: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
    return {k: v if isinstance(v, str) else [str(item) for item in v] for k, v in query.items()}


def _body(options: HttpOptions, headers: dict[str, str]) -> bytes | None:
    if "json" in options:
        headers["content-type"] = "application/json"
        return orjson.dumps(options["json"])
    body = options.get("body")
    return body.encode() if isinstance(body, str) else body


def _follow(client: httpx.Client, hop: Hop, follow: bool, max_bytes: int) -> HttpReply:
    for _ in range(MAX_REDIRECTS + 1):
        hop.check()
        request = client.build_request(hop.method, hop.url, headers=hop.headers, content=hop.body)
        response = client.send(request, stream=True)
        try:
            location = response.headers.get("location")
            if follow and location and response.status_code in _REDIRECTS:
                hop = hop.after(response.status_code, location)
                continue
            return HttpReply(
                status=response.status_code,
                headers=dict(response.headers),
                body=_read(response, max_bytes),
                url=str(hop.url),
            )
        finally:
            response.close()
    raise PermanentStepError(f"more than {MAX_REDIRECTS} redirects in a row")


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > max_bytes:
            raise PermanentStepError(f"the answer is over {max_bytes:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _unconnected(hop: Hop, error: httpcore.ConnectError) -> Exception:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return PermanentStepError(f"the certificate of {hop.url.host} is not valid: {text}")
    return TransientStepError(f"no connection to {hop.url.host}: {text}")
