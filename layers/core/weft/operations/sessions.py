"""Sign in with a one-time link, keep a session by rotating its refresh token, sign out (AU-02)."""

import hmac
from dataclasses import replace

from weft.domain.access import IssuedSession, Session, SignInLink, User
from weft.domain.caller import Caller
from weft.domain.errors import NotFound, Unauthenticated
from weft.operations.platform import Platform
from weft.operations.tokens import new_token, token_hash

SESSION_MS = 7 * 24 * 3600 * 1000
REMEMBERED_MS = 30 * 24 * 3600 * 1000  # with "remember me" (AU-08)
LINK_MS = 15 * 60 * 1000


async def create_sign_in_link(
    platform: Platform, tenant_id: str, user_id: str
) -> tuple[SignInLink, str]:
    """A link's record and its token, for the person's terminal. Raises `NotFound`."""
    user = platform.store.directory.get_user(tenant_id, user_id)
    token = new_token("link")
    now = platform.now()
    link = SignInLink(user.tenant_id, user.user_id, token_hash(token), now, now + LINK_MS)
    platform.store.directory.add_link(link)
    return link, token


async def redeem_sign_in_link(
    platform: Platform, token: str, *, lifetime_ms: int = SESSION_MS
) -> IssuedSession:
    """Opens a session, once per link. Raises `Unauthenticated`."""
    link = platform.store.directory.use_link(token_hash(token), platform.now())
    if link is None:
        raise Unauthenticated("the sign-in link is unknown, used or expired; ask for a new one")
    return await create_session(platform, link.tenant_id, link.user_id, lifetime_ms=lifetime_ms)


async def create_session(
    platform: Platform, tenant_id: str, user_id: str, *, lifetime_ms: int = SESSION_MS
) -> IssuedSession:
    """A session for a person whose identity has been proved. Raises `NotFound`."""
    user = platform.store.directory.get_user(tenant_id, user_id)
    token = new_token("refresh")
    now = platform.now()
    session = Session(
        tenant_id=tenant_id,
        session_id=platform.new_id(),
        user_id=user_id,
        refresh_hash=token_hash(token),
        created_at=now,
        expires_at=now + lifetime_ms,
        lifetime_ms=lifetime_ms,
    )
    platform.store.directory.add_session(session)
    return IssuedSession(session, user, token)


async def refresh_session(platform: Platform, refresh_token: str) -> IssuedSession:
    """The session with a new refresh token; the old one is spent.

    A spent token that comes back means that somebody copied it: the session ends.
    Raises `Unauthenticated`.
    """
    directory = platform.store.directory
    given = token_hash(refresh_token)
    now = platform.now()
    session = directory.find_session(given)
    if session is None or session.revoked_at is not None or session.expires_at <= now:
        raise Unauthenticated("the session has ended; sign in again")
    token = new_token("refresh")
    renewed = replace(
        session,
        refresh_hash=token_hash(token),
        previous_hash=given,
        expires_at=now + session.lifetime_ms,
    )
    fresh = hmac.compare_digest(session.refresh_hash, given)
    if not fresh or not directory.rotate_session(renewed, expected_hash=given):
        directory.rotate_session(
            replace(session, revoked_at=now), expected_hash=session.refresh_hash
        )
        raise Unauthenticated("the session has ended; sign in again")
    return IssuedSession(renewed, directory.get_user(session.tenant_id, session.user_id), token)


async def revoke_session(platform: Platform, caller: Caller) -> None:
    """Signs the caller out, on the server."""
    if caller.session_id is None:
        return
    directory = platform.store.directory
    session = directory.get_session(caller.tenant_id, caller.session_id)
    revoked = replace(session, revoked_at=platform.now())
    directory.rotate_session(revoked, expected_hash=session.refresh_hash)


async def authenticate_session(platform: Platform, tenant_id: str, session_id: str) -> Caller:
    """The caller of a verified access token. Raises `Unauthenticated` after signing out."""
    directory = platform.store.directory
    try:
        session = directory.get_session(tenant_id, session_id)
        user: User = directory.get_user(tenant_id, session.user_id)
    except NotFound as error:
        raise Unauthenticated("the session has ended; sign in again") from error
    if session.revoked_at is not None or session.expires_at <= platform.now():
        raise Unauthenticated("the session has ended; sign in again")
    return Caller(tenant_id, user.user_id, user.role, "session", session_id=session_id)
