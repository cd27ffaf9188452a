"""Tenants, users, API keys, sessions and sign-in links in SQLite."""

# ruff: noqa: S608 - only fixed text of this module is ever put into a statement

from collections.abc import Sequence

from weft.adapters.embedded.database import Database, Row
from weft.adapters.json_columns import pack, unpack
from weft.domain.access import ApiKey, Session, SignInLink, Tenant, User
from weft.domain.caller import Role, Scope
from weft.domain.errors import NotFound

_SESSION = (
    "tenant_id, session_id, user_id, refresh_hash, created_at, expires_at, lifetime_ms, "
    "previous_hash, revoked_at"
)


class SqliteDirectory:
    """See `weft.ports.directory`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_tenant(self, tenant: Tenant, owner: User) -> None:
        with self._db.transaction():
            self._db.run(
                "INSERT INTO tenants VALUES (?, ?, ?)",
                (tenant.tenant_id, tenant.name, tenant.created_at),
            )
            self._db.run(
                "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)",
                (
                    owner.tenant_id,
                    owner.user_id,
                    owner.name,
                    owner.email,
                    owner.role.value,
                    owner.created_at,
                ),
            )

    def list_tenants(self) -> Sequence[Tenant]:
        rows = self._db.rows("SELECT * FROM tenants ORDER BY rowid")
        return [Tenant(*row) for row in rows]

    def get_tenant(self, tenant_id: str) -> Tenant:
        row = self._db.row("SELECT * FROM tenants WHERE tenant_id = ?", (tenant_id,))
        if row is None:
            raise NotFound(f"there is no organization {tenant_id}")
        return Tenant(*row)

    def get_user(self, tenant_id: str, user_id: str) -> User:
        row = self._db.row(
            "SELECT * FROM users WHERE tenant_id = ? AND user_id = ?", (tenant_id, user_id)
        )
        if row is None:
            raise NotFound(f"there is no user {user_id}")
        return _user(row)

    def list_users(self, tenant_id: str) -> Sequence[User]:
        rows = self._db.rows("SELECT * FROM users WHERE tenant_id = ? ORDER BY rowid", (tenant_id,))
        return [_user(row) for row in rows]

    def add_key(self, key: ApiKey) -> None:
        self._db.run(
            "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?)",
            (key.tenant_id, key.key_id, key.hash, _key_body(key), key.created_at),
        )

    def get_key(self, tenant_id: str, key_id: str) -> ApiKey:
        row = self._db.row(
            "SELECT * FROM api_keys WHERE tenant_id = ? AND key_id = ?", (tenant_id, key_id)
        )
        if row is None:
            raise NotFound(f"there is no API key {key_id}")
        return _key(row)

    def find_key(self, hash: str) -> ApiKey | None:
        row = self._db.row("SELECT * FROM api_keys WHERE hash = ?", (hash,))
        return None if row is None else _key(row)

    def list_keys(self, tenant_id: str) -> Sequence[ApiKey]:
        rows = self._db.rows(
            "SELECT * FROM api_keys WHERE tenant_id = ? ORDER BY created_at DESC, rowid DESC",
            (tenant_id,),
        )
        return [_key(row) for row in rows]

    def save_key(self, key: ApiKey) -> None:
        self._db.run(
            "UPDATE api_keys SET body = ? WHERE tenant_id = ? AND key_id = ?",
            (_key_body(key), key.tenant_id, key.key_id),
        )

    def add_session(self, session: Session) -> None:
        self._db.run(
            f"INSERT INTO sessions ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session.tenant_id,
                session.session_id,
                session.user_id,
                session.refresh_hash,
                session.created_at,
                session.expires_at,
                session.lifetime_ms,
                session.previous_hash,
                session.revoked_at,
            ),
        )

    def get_session(self, tenant_id: str, session_id: str) -> Session:
        row = self._db.row(
            f"SELECT {_SESSION} FROM sessions WHERE tenant_id = ? AND session_id = ?",
            (tenant_id, session_id),
        )
        if row is None:
            raise NotFound(f"there is no session {session_id}")
        return Session(*row)

    def find_session(self, refresh_hash: str) -> Session | None:
        row = self._db.row(
            f"SELECT {_SESSION} FROM sessions WHERE refresh_hash = ? OR previous_hash = ?",
            (refresh_hash, refresh_hash),
        )
        return None if row is None else Session(*row)

    def rotate_session(self, session: Session, expected_hash: str) -> bool:
        changed = self._db.run(
            "UPDATE sessions SET refresh_hash = ?, previous_hash = ?, expires_at = ?, "
            "revoked_at = ? WHERE tenant_id = ? AND session_id = ? AND refresh_hash = ?",
            (
                session.refresh_hash,
                session.previous_hash,
                session.expires_at,
                session.revoked_at,
                session.tenant_id,
                session.session_id,
                expected_hash,
            ),
        )
        return changed == 1

    def add_link(self, link: SignInLink) -> None:
        self._db.run(
            "INSERT INTO sign_in_links VALUES (?, ?, ?, ?, ?, ?)",
            (
                link.hash,
                link.tenant_id,
                link.user_id,
                link.created_at,
                link.expires_at,
                link.used_at,
            ),
        )

    def use_link(self, hash: str, now: int) -> SignInLink | None:
        used = self._db.run(
            "UPDATE sign_in_links SET used_at = ? "
            "WHERE hash = ? AND used_at IS NULL AND expires_at > ?",
            (now, hash, now),
        )
        if not used:
            return None
        row = self._db.row(
            "SELECT tenant_id, user_id, hash, created_at, expires_at, used_at "
            "FROM sign_in_links WHERE hash = ?",
            (hash,),
        )
        assert row is not None, "the link was updated a moment ago"
        return SignInLink(*row)


def _user(row: Row) -> User:
    tenant_id, user_id, name, email, role, created_at = row
    return User(tenant_id, user_id, name, email, Role(role), created_at)


def _key_body(key: ApiKey) -> bytes:
    return pack(
        [
            key.user_id,
            key.name,
            key.prefix,
            sorted(key.scopes),
            key.role,
            key.expires_at,
            key.last_used_at,
            key.revoked_at,
        ]
    )


def _key(row: Row) -> ApiKey:
    tenant_id, key_id, hash, body, created_at = row
    user_id, name, prefix, scopes, role, expires_at, used_at, revoked_at = unpack(body)
    return ApiKey(
        tenant_id=tenant_id,
        key_id=key_id,
        user_id=user_id,
        name=name,
        prefix=prefix,
        hash=hash,
        scopes=frozenset(Scope(scope) for scope in scopes),
        role=Role(role),
        created_at=created_at,
        expires_at=expires_at,
        last_used_at=used_at,
        revoked_at=revoked_at,
    )
