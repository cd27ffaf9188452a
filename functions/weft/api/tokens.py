"""Access tokens: short JWTs a signed-in browser keeps in memory (AU-02)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from weft.domain.access import Session, User
from weft.domain.caller import Caller, Role
from weft.domain.errors import Unauthenticated

LIFETIME_SECONDS: Final = 15 * 60
_ISSUER: Final = "weft"
_AUDIENCE: Final = "weft:access"  # a token for another purpose never opens the API
_REQUIRED: Final = ["sub", "org", "role", "sid", "exp", "iat", "jti", "aud", "iss"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and the seconds it lives."""

    text: str
    expires_in: int


def issue(key: bytes, session: Session, user: User, now: float) -> AccessToken:
    """A token for the session's user, for 15 minutes."""
    import jwt  # noqa: PLC0415 - see `_read`

    issued = int(now)
    claims = {
        "sub": user.user_id,
        "org": user.tenant_id,
        "role": user.role.value,
        "sid": session.session_id,
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
        "jti": uuid4().hex,
        "aud": _AUDIENCE,
        "iss": _ISSUER,
    }
    return AccessToken(jwt.encode(claims, key, algorithm="HS256"), LIFETIME_SECONDS)


def verify(key: bytes, text: str, now: float) -> Caller:
    """The caller a token names. Raises `Unauthenticated` for anything but a valid token."""
    caller, expires_at = _read(key, text)
    if now >= expires_at:
        raise Unauthenticated("the access token has expired; refresh it")
    return caller


# What a signature proves does not change, and a browser sends the same token for minutes; a token
# that is refused is not kept.
@lru_cache(maxsize=1_024)
def _read(key: bytes, text: str) -> tuple[Caller, float]:
    # Loading it takes a tenth of a start, and who comes with an API key never needs it.
    import jwt  # noqa: PLC0415

    try:
        claims: dict[str, Any] = jwt.decode(
            text,
            key,
            algorithms=["HS256"],
            audience=_AUDIENCE,
            issuer=_ISSUER,
            # Expiry is checked above against the clock the process was given.
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        caller = Caller(
            str(claims["org"]),
            str(claims["sub"]),
            Role(claims["role"]),
            "session",
            session_id=str(claims["sid"]),
        )
        return caller, float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise Unauthenticated("the access token is not valid") from error
