"""Create, list, revoke and accept API keys (AU-04)."""

from collections.abc import Sequence
from dataclasses import replace

from weft.domain.access import ApiKey, IssuedKey
from weft.domain.caller import DEFAULT_SCOPES, Caller, Role, Scope
from weft.domain.errors import Invalid, Unauthenticated
from weft.operations.platform import Platform
from weft.operations.tokens import new_token, token_hash

PURPOSE = "key"
_PREFIX_LENGTH = 16
_TOUCH_EVERY_MS = 60_000  # a use is noted at most once a minute


async def create_api_key(
    platform: Platform,
    caller: Caller,
    name: str,
    *,
    scopes: frozenset[Scope] = DEFAULT_SCOPES,
    expires_at: int | None = None,
) -> IssuedKey:
    """The key acts with the role of the person who made it, within its scopes."""
    caller.require(Role.ADMIN, Scope.KEYS_WRITE)
    caller.require_person()
    if expires_at is not None and expires_at <= platform.now():
        raise Invalid("expires_at lies in the past")
    token = new_token(PURPOSE)
    key = ApiKey(
        tenant_id=caller.tenant_id,
        key_id=platform.new_id(),
        user_id=caller.user_id,
        name=name,
        prefix=token[:_PREFIX_LENGTH],
        hash=token_hash(token),
        scopes=scopes,
        role=caller.role,
        created_at=platform.now(),
        expires_at=expires_at,
    )
    platform.store.directory.add_key(key)
    return IssuedKey(key, token)


async def list_api_keys(platform: Platform, caller: Caller) -> Sequence[ApiKey]:
    """Newest first, revoked ones included; never show `hash`."""
    caller.require(Role.ADMIN, Scope.KEYS_WRITE)
    return platform.store.directory.list_keys(caller.tenant_id)


async def revoke_api_key(platform: Platform, caller: Caller, key_id: str) -> ApiKey:
    """Takes effect at once. Revoking twice is fine. Raises `NotFound`."""
    caller.require(Role.ADMIN, Scope.KEYS_WRITE)
    key = platform.store.directory.get_key(caller.tenant_id, key_id)
    if key.revoked_at is None:
        key = replace(key, revoked_at=platform.now())
        platform.store.directory.save_key(key)
    return key


async def authenticate_api_key(platform: Platform, token: str) -> Caller:
    """The caller a key stands for. Raises `Unauthenticated`, never saying why."""
    found = platform.store.directory.find_key(token_hash(token))
    now = platform.now()
    usable = (
        found is not None
        and found.revoked_at is None
        and (found.expires_at is None or found.expires_at > now)
    )
    if found is None or not usable:
        raise Unauthenticated("the API key is unknown, revoked or expired")
    if found.last_used_at is None or now - found.last_used_at > _TOUCH_EVERY_MS:
        platform.store.directory.save_key(replace(found, last_used_at=now))
    return Caller(found.tenant_id, found.user_id, found.role, "api_key", found.scopes)
