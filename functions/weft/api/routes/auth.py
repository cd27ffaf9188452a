"""Signing in with a one-time link, refreshing, signing out, and who is signed in."""

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from weft.api import tokens
from weft.api.access import READ_WORKFLOWS, Endpoint
from weft.api.answers import Json, nothing
from weft.api.asked import asked, options_of, platform_of
from weft.api.callers import caller_of, token_in
from weft.api.cookies import (
    clear_refresh_cookie,
    refresh_token_in,
    refuse_other_sites,
    set_refresh_cookie,
)
from weft.api.problems import problem
from weft.api.rate_limit import Allowance, SlidingWindow
from weft.api.requests import Redeem
from weft.api.views import UserView, user_view
from weft.domain.access import IssuedSession
from weft.domain.caller import Caller
from weft.domain.errors import QuotaExceeded, Unauthenticated
from weft.operations.sessions import (
    REMEMBERED_MS,
    SESSION_MS,
    redeem_sign_in_link,
    refresh_session,
    revoke_session,
)


class TokenView(TypedDict):
    """An access token for the page's memory; the refresh token is in its cookie."""

    access_token: str
    token_type: str
    expires_in: int
    user: UserView


async def redeem_link(request: Request, body: Redeem) -> Response:
    """Trade a one-time sign-in link for a session."""
    refuse_other_sites(request)
    allowance = attempt(request)
    if not allowance.ok:
        return too_many(allowance)
    issued = await redeem(request, body.token.get_secret_value(), body.remember_me)
    return _token_answer(request, issued, allowance)


async def redeem(request: Request, token: str, remember_me: bool) -> IssuedSession:
    """The session a link opens. Raises `Unauthenticated`."""
    lifetime = REMEMBERED_MS if remember_me else SESSION_MS
    return await redeem_sign_in_link(platform_of(request), token, lifetime_ms=lifetime)


async def refresh_token(request: Request) -> Response:
    """A new access token for the cookie's session; the cookie is replaced.

    Send `X-Requested-With`. A refresh token that comes a second time ends its session.
    """
    refuse_other_sites(request)
    allowance = attempt(request)
    if not allowance.ok:
        return too_many(allowance)
    token = refresh_token_in(request)
    if token is None:
        raise Unauthenticated("there is no session; sign in")
    issued = await refresh_session(platform_of(request), token)
    _limiter(request).refund(_address(request))  # only guessing is limited
    return _token_answer(request, issued, allowance)


async def sign_out(request: Request) -> Response:
    """End the session on the server, by access token or by cookie."""
    refuse_other_sites(request)
    platform = platform_of(request)
    access = token_in(request.headers)
    if access is not None:
        caller = await caller_of(platform, options_of(request), access)
        await revoke_session(platform, caller)
    elif (cookie := refresh_token_in(request)) is not None:
        issued = await refresh_session(platform, cookie)
        await revoke_session(platform, _caller(issued))
    else:
        raise Unauthenticated("there is no session to end")
    answer = nothing()
    clear_refresh_cookie(request, answer)
    return answer


async def who_am_i(request: Request) -> Response:
    """The signed-in person and their organization."""
    ask = asked(request)
    directory = ask.platform.store.directory
    user = directory.get_user(ask.caller.tenant_id, ask.caller.user_id)
    return Json(user_view(user, directory.get_tenant(user.tenant_id).name))


def attempt(request: Request) -> Allowance:
    """Count one attempt to get in from this address (RL-03)."""
    return _limiter(request).attempt(_address(request), options_of(request).now())


def too_many(allowance: Allowance) -> Response:
    """429 with when to try again."""
    detail = f"more than {allowance.limit} attempts in a minute; wait {allowance.reset} seconds"
    return problem(429, QuotaExceeded.code, detail, headers=allowance.headers())


def _limiter(request: Request) -> SlidingWindow:
    limiter: SlidingWindow = request.app.state.auth_attempts
    return limiter


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _caller(issued: IssuedSession) -> Caller:
    user = issued.user
    session_id = issued.session.session_id
    return Caller(user.tenant_id, user.user_id, user.role, "session", session_id=session_id)


def _token_answer(request: Request, issued: IssuedSession, allowance: Allowance) -> Response:
    options = options_of(request)
    access = tokens.issue(options.signing_key, issued.session, issued.user, options.now())
    tenant = platform_of(request).store.directory.get_tenant(issued.user.tenant_id)
    answer = Json(
        {
            "access_token": access.text,
            "token_type": "Bearer",
            "expires_in": access.expires_in,
            "user": user_view(issued.user, tenant.name),
        },
        headers=allowance.headers(),
    )
    set_refresh_cookie(request, answer, issued.session, issued.refresh_token)
    return answer


ENDPOINTS = (
    Endpoint("POST", "/auth/redeem", redeem_link, None, TokenView),
    Endpoint("POST", "/auth/refresh", refresh_token, None, TokenView),
    Endpoint("POST", "/auth/logout", sign_out, None, None, 204),
    Endpoint("GET", "/auth/me", who_am_i, READ_WORKFLOWS, UserView),
)
