"""The refresh cookie: out of reach of scripts, sent to the auth addresses only."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import BASE
from weft.api.asked import options_of
from weft.domain.access import Session
from weft.domain.errors import Forbidden

COOKIE: Final = "weft_refresh"
_PATH: Final = f"{BASE}/auth"
# A header no form can send: another site's page cannot add it without a preflight we refuse.
GUARD_HEADER: Final = "x-requested-with"


def set_refresh_cookie(request: Request, answer: Response, session: Session, token: str) -> None:
    """Keep the session's refresh token in the browser for as long as the session lives."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=session.lifetime_ms // 1000,
        path=_PATH,
        secure=options_of(request).secure_cookies,
        httponly=True,
        samesite="strict",
    )


def clear_refresh_cookie(request: Request, answer: Response) -> None:
    """Forget it."""
    secure = options_of(request).secure_cookies
    answer.delete_cookie(COOKIE, path=_PATH, secure=secure, httponly=True, samesite="strict")


def refresh_token_in(request: Request) -> str | None:
    """The cookie's token; None without one. Raises `Forbidden` for a request a form could make."""
    token = request.cookies.get(COOKIE)
    if token is not None and not request.headers.get(GUARD_HEADER):
        raise Forbidden("send the header X-Requested-With with a request that uses the cookie")
    return token


def refuse_other_sites(request: Request) -> None:
    """Raises `Forbidden` when another site's page makes the browser sign in or out here."""
    origin = request.headers.get("origin")
    if origin is None or origin in options_of(request).origins:
        return
    if origin.partition("://")[2] != request.headers.get("host"):
        raise Forbidden("this request comes from another site")
