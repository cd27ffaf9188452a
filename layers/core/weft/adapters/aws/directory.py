"""Tenants, users, API keys, sessions and sign-in links in the table."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from weft.adapters.aws.keys import ONLY, Key, key, tenant
from weft.adapters.aws.listing import Listed, all_of
from weft.adapters.aws.records import record
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.access import ApiKey, Session, SignInLink, Tenant, User
from weft.domain.caller import Role, Scope
from weft.domain.errors import Conflict, NotFound

_DAY_MS: Final = 24 * 3600 * 1000
# How long what has expired is kept, so that its use can still be told from a made-up one.
_AFTERWARDS: Final = 30 * _DAY_MS


class DynamoDirectory:
    """See `weft.ports.directory`. Hashes have items of their own, read as they are written: an
    index would let a session that has just ended in for a moment."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add_tenant(self, tenant: Tenant, owner: User) -> None:
        arrived = self._table.arrival()

        def added(unit: Unit) -> None:
            at = _tenant_at(tenant.tenant_id)
            if unit.get(at) is not None:
                raise Conflict(f"there is an organization {tenant.tenant_id} already")
            unit.put(Entry(at, record(tenant), first=("TENANTS", key(arrived))))
            user = {**record(owner), "arrived": arrived}
            unit.put(Entry(_user_at(owner.tenant_id, owner.user_id), user))

        self._table.write(added)

    def list_tenants(self) -> Sequence[Tenant]:
        return [Tenant(**held) for held in all_of(self._table, Listed("first", "TENANTS"))]

    def get_tenant(self, tenant_id: str) -> Tenant:
        held = self._table.get(_tenant_at(tenant_id))
        if held is None:
            raise NotFound(f"there is no organization {tenant_id}")
        return Tenant(**held)

    def get_user(self, tenant_id: str, user_id: str) -> User:
        held = self._table.get(_user_at(tenant_id, user_id))
        if held is None:
            raise NotFound(f"there is no user {user_id}")
        return _user(held)

    def list_users(self, tenant_id: str) -> Sequence[User]:
        found = [held for _, held in self._table.under(tenant(tenant_id), "USER#")]
        return [_user(held) for held in sorted(found, key=_arrived)]

    def add_key(self, key: ApiKey) -> None:
        arrived = self._table.arrival()

        def added(unit: Unit) -> None:
            at, pointer = _key_at(key.tenant_id, key.key_id), _hash_at("KEY", key.hash)
            if unit.get(at) is not None or unit.get(pointer) is not None:
                raise Conflict(f"there is an API key {key.key_id} already")
            unit.put(Entry(at, _key_record(key, arrived)))
            unit.put(Entry(pointer, [key.tenant_id, key.key_id]))

        self._table.write(added)

    def get_key(self, tenant_id: str, key_id: str) -> ApiKey:
        held = self._table.get(_key_at(tenant_id, key_id))
        if held is None:
            raise NotFound(f"there is no API key {key_id}")
        return _key(held)

    def find_key(self, hash: str) -> ApiKey | None:
        owner = self._table.get(_hash_at("KEY", hash))
        held = None if owner is None else self._table.get(_key_at(*owner))
        return None if held is None else _key(held)

    def list_keys(self, tenant_id: str) -> Sequence[ApiKey]:
        found = [held for _, held in self._table.under(tenant(tenant_id), "KEY#")]
        found.sort(key=lambda held: (held["created_at"], held["arrived"]), reverse=True)
        return [_key(held) for held in found]

    def save_key(self, key: ApiKey) -> None:
        def saved(unit: Unit) -> None:
            at = _key_at(key.tenant_id, key.key_id)
            held = unit.get(at)
            if held is not None:
                kept = replace(key, hash=held["hash"], created_at=held["created_at"])
                unit.put(Entry(at, _key_record(kept, held["arrived"])))

        self._table.write(saved)

    def add_session(self, session: Session) -> None:
        def added(unit: Unit) -> None:
            if unit.get(_session_at(session)) is not None:
                raise Conflict(f"there is a session {session.session_id} already")
            _put_session(unit, session)

        self._table.write(added)

    def get_session(self, tenant_id: str, session_id: str) -> Session:
        held = self._table.get((tenant(tenant_id), key("SESSION", session_id)))
        if held is None:
            raise NotFound(f"there is no session {session_id}")
        return Session(**held)

    def find_session(self, refresh_hash: str) -> Session | None:
        owner = self._table.get(_hash_at("SESSION", refresh_hash))
        if owner is None:
            return None
        tenant_id, session_id = owner
        held = self._table.get((tenant(tenant_id), key("SESSION", session_id)))
        return None if held is None else Session(**held)

    def rotate_session(self, session: Session, expected_hash: str) -> bool:
        def rotated(unit: Unit) -> bool:
            held = unit.get(_session_at(session))
            if held is None or held["refresh_hash"] != expected_hash:
                return False
            old = Session(**held)
            new = replace(
                old,
                refresh_hash=session.refresh_hash,
                previous_hash=session.previous_hash,
                expires_at=session.expires_at,
                revoked_at=session.revoked_at,
            )
            for gone in _hashes(old) - _hashes(new):
                unit.remove(_hash_at("SESSION", gone))
            _put_session(unit, new)
            return True

        return self._table.write(rotated)

    def add_link(self, link: SignInLink) -> None:
        def added(unit: Unit) -> None:
            if unit.get(_hash_at("LINK", link.hash)) is not None:
                raise Conflict("there is such a link already")
            unit.put(_link_entry(link))

        self._table.write(added)

    def use_link(self, hash: str, now: int) -> SignInLink | None:
        def used(unit: Unit) -> SignInLink | None:
            held = unit.get(_hash_at("LINK", hash))
            link = None if held is None else SignInLink(**held)
            if link is None or link.used_at is not None or link.expires_at <= now:
                return None
            taken = replace(link, used_at=now)
            unit.put(_link_entry(taken))
            return taken

        return self._table.write(used)


def _tenant_at(tenant_id: str) -> Key:
    return tenant(tenant_id), "TENANT"


def _user_at(tenant_id: str, user_id: str) -> Key:
    return tenant(tenant_id), key("USER", user_id)


def _key_at(tenant_id: str, key_id: str) -> Key:
    return tenant(tenant_id), key("KEY", key_id)


def _session_at(session: Session) -> Key:
    return tenant(session.tenant_id), key("SESSION", session.session_id)


def _hash_at(kind: str, hash: str) -> Key:
    return key("HASH", kind, hash), ONLY


def _hashes(session: Session) -> set[str]:
    return {session.refresh_hash, session.previous_hash} - {None}  # type: ignore[return-value]


def _put_session(unit: Unit, session: Session) -> None:
    expires = session.expires_at + _AFTERWARDS
    unit.put(Entry(_session_at(session), record(session), expires=expires))
    for hash in _hashes(session):
        owner = [session.tenant_id, session.session_id]
        unit.put(Entry(_hash_at("SESSION", hash), owner, expires=expires))


def _link_entry(link: SignInLink) -> Entry:
    return Entry(_hash_at("LINK", link.hash), record(link), expires=link.expires_at + _AFTERWARDS)


def _arrived(held: dict[str, Any]) -> int:
    return int(held["arrived"])


def _user(held: dict[str, Any]) -> User:
    read = {name: value for name, value in held.items() if name != "arrived"}
    return User(**{**read, "role": Role(held["role"])})


def _key_record(key: ApiKey, arrived: int) -> dict[str, Any]:
    return {**record(key), "scopes": sorted(key.scopes), "arrived": arrived}


def _key(held: dict[str, Any]) -> ApiKey:
    read = {name: value for name, value in held.items() if name != "arrived"}
    scopes = frozenset(Scope(scope) for scope in held["scopes"])
    return ApiKey(**{**read, "scopes": scopes, "role": Role(held["role"])})
