"""Keys, sessions and sign-in links: shown once, hashed at rest, ended for good."""

from typing import Any

import pytest

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from weft.operations.api_keys import (
    authenticate_api_key,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)
from weft.operations.sessions import (
    authenticate_session,
    create_session,
    create_sign_in_link,
    redeem_sign_in_link,
    refresh_session,
    revoke_session,
)

MINUTE = 60.0


async def test_a_key_stands_for_its_maker_until_it_is_revoked(house: Any) -> None:
    issued = await create_api_key(
        house.platform, house.caller, "ci", scopes=frozenset({Scope.RUNS_READ})
    )
    assert issued.token not in repr(issued.key)
    caller = await authenticate_api_key(house.platform, issued.token)
    assert (caller.tenant_id, caller.via) == (house.caller.tenant_id, "api_key")
    assert caller.scopes == {Scope.RUNS_READ}
    [listed] = await list_api_keys(house.platform, house.caller)
    assert listed.last_used_at is not None
    await revoke_api_key(house.platform, house.caller, listed.key_id)
    with pytest.raises(Unauthenticated):
        await authenticate_api_key(house.platform, issued.token)


async def test_a_key_expires(house: Any) -> None:
    now = house.platform.now()
    issued = await create_api_key(house.platform, house.caller, "x", expires_at=now + 60_000)
    house.clock.advance(MINUTE + 1)
    with pytest.raises(Unauthenticated):
        await authenticate_api_key(house.platform, issued.token)
    with pytest.raises(Invalid, match="past"):
        await create_api_key(house.platform, house.caller, "x", expires_at=now)


async def test_a_key_cannot_make_keys_and_a_tenant_cannot_revoke_anothers(house: Any) -> None:
    issued = await create_api_key(
        house.platform, house.caller, "x", scopes=frozenset({Scope.KEYS_WRITE})
    )
    key = await authenticate_api_key(house.platform, issued.token)
    with pytest.raises(Forbidden):
        await create_api_key(house.platform, key, "y")
    stranger = Caller("other", "u", Role.OWNER, "session")
    with pytest.raises(NotFound):
        await revoke_api_key(house.platform, stranger, issued.key.key_id)


async def test_a_link_opens_one_session_within_its_time(house: Any) -> None:
    tenant, user = house.caller.tenant_id, house.caller.user_id
    _, token = await create_sign_in_link(house.platform, tenant, user)
    issued = await redeem_sign_in_link(house.platform, token)
    assert issued.user.user_id == user
    with pytest.raises(Unauthenticated):
        await redeem_sign_in_link(house.platform, token)
    _, late = await create_sign_in_link(house.platform, tenant, user)
    house.clock.advance(15 * MINUTE + 1)
    with pytest.raises(Unauthenticated):
        await redeem_sign_in_link(house.platform, late)
    with pytest.raises(Unauthenticated):
        await redeem_sign_in_link(house.platform, issued.refresh_token)


async def test_a_copied_refresh_token_ends_the_session(house: Any) -> None:
    tenant, user = house.caller.tenant_id, house.caller.user_id
    first = await create_session(house.platform, tenant, user)
    second = await refresh_session(house.platform, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    with pytest.raises(Unauthenticated):
        await refresh_session(house.platform, first.refresh_token)
    with pytest.raises(Unauthenticated):
        await refresh_session(house.platform, second.refresh_token)
    with pytest.raises(Unauthenticated):
        await authenticate_session(house.platform, tenant, first.session.session_id)


async def test_signing_out_counts_on_the_server(house: Any) -> None:
    tenant, user = house.caller.tenant_id, house.caller.user_id
    issued = await create_session(house.platform, tenant, user)
    caller = await authenticate_session(house.platform, tenant, issued.session.session_id)
    assert (caller.role, caller.via) == (Role.OWNER, "session")
    await revoke_session(house.platform, caller)
    with pytest.raises(Unauthenticated):
        await authenticate_session(house.platform, tenant, issued.session.session_id)
    with pytest.raises(Unauthenticated):
        await refresh_session(house.platform, issued.refresh_token)
