"""Who may come in: tenants, users, API keys, sessions and one-time sign-in links.

Tokens are random, shown once, and stored as SHA-256 hashes.
"""

from dataclasses import dataclass

from weft.domain.caller import Role, Scope


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization: who owns data and limits."""

    tenant_id: str
    name: str
    created_at: int


@dataclass(frozen=True, slots=True)
class User:
    """A person in one tenant."""

    tenant_id: str
    user_id: str
    name: str
    email: str
    role: Role
    created_at: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs. `prefix` is the part that may be shown."""

    tenant_id: str
    key_id: str
    user_id: str
    name: str
    prefix: str
    hash: str
    scopes: frozenset[Scope]
    role: Role
    created_at: int
    expires_at: int | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. The refresh token changes at each use; reuse ends the session.

    Each use extends the session by `lifetime_ms`.
    """

    tenant_id: str
    session_id: str
    user_id: str
    refresh_hash: str
    created_at: int
    expires_at: int
    lifetime_ms: int = 7 * 24 * 3600 * 1000
    previous_hash: str | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class SignInLink:
    """Opens one session, once, within minutes."""

    tenant_id: str
    user_id: str
    hash: str
    created_at: int
    expires_at: int
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """A session with the refresh token that only the browser may keep."""

    session: Session
    user: User
    refresh_token: str


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key with its full text, shown once."""

    key: ApiKey
    token: str
