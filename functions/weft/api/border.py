"""The outermost ring: request ids, host and origin checks, size limits, headers, the last 500."""

import logging
import re
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from weft.api.access import HOOKS
from weft.api.options import LOOPBACK_HOSTS, ApiOptions
from weft.api.problems import BodyProblem, problem, problem_of
from weft.domain.errors import PayloadTooLarge

_log = logging.getLogger("weft.api")

# The state-machine service takes 256 KiB of input (Step Functions quota), so a hook does too.
HOOK_BODY_BYTES: Final = 256 * 1024
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_CSP: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE: Final = (b"cache-control", b"no-store")
_ALLOWED_HEADERS: Final = b"authorization, content-type, x-api-key, x-request-id, last-event-id"
_EXPOSED_HEADERS: Final = (
    b"x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, etag"
)


class Border:
    """Pure ASGI, because a framework middleware would cost a task and a queue per request."""

    def __init__(self, app: ASGIApp, options: ApiOptions) -> None:
        self._app = app
        self._options = options
        self._hosts = LOOPBACK_HOSTS | options.hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send, headers)
            return
        guarded = _with_headers(send, request_id, self._cors(headers))
        await self._http(scope, receive, guarded, headers)

    async def _socket(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        origin = headers.get("origin")
        known = origin is None or self._same_origin(origin, headers)
        if not self._host_ok(headers) or not known:
            await send({"type": "websocket.close", "code": 4403, "reason": "origin not allowed"})
            return
        await self._app(scope, receive, send)

    async def _http(
        self, scope: Scope, receive: Receive, send: "_Sender", headers: Headers
    ) -> None:
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(send)
            return
        limit = self._limit(scope)
        if "transfer-encoding" in headers:
            receive = _counted(receive, limit)
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # the API's border: nothing may leave it but a problem
            if send.started:
                _log.error("the answer broke off", exc_info=error)
                raise
            await problem_of(error)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Any:
        if not self._host_ok(headers):
            # A page of another name that resolves to us (DNS rebinding) must learn nothing.
            return problem(421, "host-not-allowed", "this server does not answer to that host name")
        length = headers.get("content-length", "0")
        limit = self._limit(scope)
        if not length.isdigit():
            return problem(400, "invalid", "content-length is not a number")
        if int(length) > limit:
            return problem(413, PayloadTooLarge.code, f"a body here has at most {limit} bytes")
        return None

    def _limit(self, scope: Scope) -> int:
        hook = scope["path"].startswith(HOOKS)
        return HOOK_BODY_BYTES if hook else self._options.max_body_bytes

    def _host_ok(self, headers: Headers) -> bool:
        if "*" in self._hosts:
            return True
        host = headers.get("host", "").lower()
        name = host[: host.index("]") + 1] if "]" in host else host.partition(":")[0]
        return name in self._hosts

    def _same_origin(self, origin: str, headers: Headers) -> bool:
        return origin in self._options.origins or origin.partition("://")[2] == headers.get("host")

    def _cors(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        if not self._options.origins:
            return []
        origin = headers.get("origin")
        if origin not in self._options.origins:
            return [(b"vary", b"origin")]
        return [
            (b"vary", b"origin"),
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED_HEADERS),
        ]


class _Sender:
    """Sends on, adding our headers to the first message; remembers whether it has gone out."""

    __slots__ = ("_extra", "_send", "started")

    def __init__(self, send: Send, extra: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._extra = extra
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            sent = list(message.get("headers", ()))
            names = {name for name, _ in sent}
            sent.extend(self._extra)
            # A page of ours brings its own policy and may be cached; the rest gets the strictest.
            sent.extend(item for item in (_CSP, _NO_STORE) if item[0] not in names)
            message["headers"] = sent
        await self._send(message)


def _with_headers(send: Send, request_id: str, cors: list[tuple[bytes, bytes]]) -> _Sender:
    return _Sender(send, [*_SECURITY, (b"x-request-id", request_id.encode()), *cors])


async def _preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
        (b"access-control-allow-headers", _ALLOWED_HEADERS),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _counted(receive: Receive, limit: int) -> Receive:
    """A body without a declared length is counted while it comes in."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyProblem(PayloadTooLarge(f"a body here has at most {limit} bytes"))
        return message

    return counted
