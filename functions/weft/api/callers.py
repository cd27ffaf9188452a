"""Finds out who asks, before routing: whatever is not in the open list needs a caller."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from weft.api import tokens
from weft.api.access import BASE, HOOKS, OPEN, OPENAPI
from weft.api.options import ApiOptions
from weft.api.problems import problem_of
from weft.domain.caller import Caller
from weft.domain.errors import Unauthenticated
from weft.operations.api_keys import authenticate_api_key
from weft.operations.platform import Platform
from weft.operations.sessions import authenticate_session

_KEY_PREFIX = "weft_"
BEARER_PROTOCOL = "bearer."  # `Sec-WebSocket-Protocol: weft.v1, bearer.<token>`
SOCKET_PROTOCOL = "weft.v1"


async def caller_of(platform: Platform, options: ApiOptions, token: str) -> Caller:
    """The caller behind an API key or an access token. Raises `Unauthenticated`."""
    if token.startswith(_KEY_PREFIX):
        return await authenticate_api_key(platform, token)
    named = tokens.verify(options.signing_key, token, options.now())
    if named.session_id is None:
        raise Unauthenticated("the access token is not valid")
    # The session is looked up so that signing out ends its access tokens too.
    return await authenticate_session(platform, named.tenant_id, named.session_id)


def token_in(headers: Mapping[str, str]) -> str | None:
    """The token of `X-API-Key` or `Authorization: Bearer`; None when there is neither."""
    key = headers.get("x-api-key")
    if key:
        return key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def protocol_token(headers: Mapping[str, str]) -> str | None:
    """The token a browser put among the subprotocols, because it cannot set headers there."""
    for offered in headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(BEARER_PROTOCOL):
            return offered.strip()[len(BEARER_PROTOCOL) :]
    return None


class Doorkeeper:
    """Puts the `Caller` into the scope, or answers 401."""

    def __init__(self, app: ASGIApp, platform: Platform, options: ApiOptions) -> None:
        self._app = app
        self._platform = platform
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope["method"], scope["path"]):
            try:
                await self._admit(scope)
            except Unauthenticated as error:
                await problem_of(error)(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            try:
                await self._admit_socket(scope)
            except Unauthenticated as error:
                await send({"type": "websocket.close", "code": 4401, "reason": str(error)})
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        token = token_in(Headers(scope=scope))
        if token is None:
            raise Unauthenticated("send an access token or an API key with the request")
        scope["state"]["caller"] = await caller_of(self._platform, self._options, token)

    async def _admit_socket(self, scope: Scope) -> None:
        """A socket without any token is asked for it in its first message, by its endpoint."""
        headers = Headers(scope=scope)
        token = token_in(headers) or protocol_token(headers)
        if token is not None:
            scope["state"]["caller"] = await caller_of(self._platform, self._options, token)

    def _is_open(self, method: str, path: str) -> bool:
        if (method, path) in OPEN or path.startswith(HOOKS):
            return True
        if path == OPENAPI:
            return self._options.docs_open and method == "GET"
        # The built editor is static files outside the API; its data is behind the API.
        page = method in ("GET", "HEAD") and not path.startswith((f"{BASE}/", "/api"))
        return page and self._options.web_root is not None


def caller_in(connection: HTTPConnection) -> Caller:
    """The caller of this request. Raises `Unauthenticated`: there is no default identity."""
    caller = connection.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise Unauthenticated("send an access token or an API key with the request")
    return caller
