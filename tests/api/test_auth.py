"""Signing in once, staying signed in by rotation, signing out for good; keys for programs."""

import time
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest

from weft.api import tokens
from weft.domain.caller import Role, Scope
from weft.domain.errors import Unauthenticated
from weft.operations.sessions import create_sign_in_link
from weft.operations.tokens import token_hash

if TYPE_CHECKING:
    from tests.api.conftest import Person, World

AUTH = "/api/v1/auth"
GUARD = {"x-requested-with": "weft"}


async def _link(world: "World", person: "Person") -> str:
    _, token = await create_sign_in_link(world.platform, person.user.tenant_id, person.user.user_id)
    return token


async def _redeem(client: httpx.AsyncClient, token: str, **more: Any) -> httpx.Response:
    return await client.post(f"{AUTH}/redeem", json={"token": token, **more})


async def test_looking_at_a_link_uses_nothing_up(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    token = await _link(world, ada)
    for _ in range(3):
        page = await client.get("/sign-in", params={"token": token})
        assert page.status_code == 200 and "set-cookie" not in page.headers
        assert 'method="post"' in page.text
        assert "script" not in page.headers["content-security-policy"]
    assert (await _redeem(client, token)).status_code == 200


async def test_the_page_signs_in_and_its_link_works_once(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    token = await _link(world, ada)
    reply = await client.post("/sign-in", data={"token": token})
    assert reply.status_code == 303 and reply.headers["location"] == "/sign-in?done"
    assert "Signed in" in (await client.get("/sign-in?done")).text
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert "Max-Age=604800" in cookie and "Path=/api/v1/auth" in cookie
    assert (await client.post("/sign-in", data={"token": token})).status_code == 401


async def test_a_link_text_cannot_break_out_of_the_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>" not in page.text


async def test_remembering_keeps_the_session_for_thirty_days_over_refreshes(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    reply = await _redeem(client, await _link(world, ada), remember_me=True)
    assert "Max-Age=2592000" in reply.headers["set-cookie"]
    world.now[0] += 20 * 24 * 3600
    again = await client.post(f"{AUTH}/refresh", headers=GUARD)
    assert again.status_code == 200
    assert "Max-Age=2592000" in again.headers["set-cookie"]


async def test_a_session_that_is_not_remembered_ends_after_seven_days(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    refresh = (await _redeem(client, await _link(world, ada))).cookies["weft_refresh"]
    world.now[0] += 7 * 24 * 3600 + 1
    cookie = {**GUARD, "cookie": f"weft_refresh={refresh}"}
    assert (await client.post(f"{AUTH}/refresh", headers=cookie)).status_code == 401


async def test_an_access_token_opens_the_api_for_fifteen_minutes(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    body = (await _redeem(client, await _link(world, ada))).json()
    assert body["expires_in"] == 900 and body["user"]["role"] == "owner"
    headers = {"authorization": f"Bearer {body['access_token']}"}
    me = await client.get(f"{AUTH}/me", headers=headers)
    assert me.json()["organization"]["id"] == ada.user.tenant_id
    world.now[0] += 901
    assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 401


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    first = (await _redeem(client, await _link(world, ada))).cookies["weft_refresh"]
    renewed = await client.post(f"{AUTH}/refresh", headers=GUARD)
    second = renewed.cookies["weft_refresh"]
    assert renewed.status_code == 200 and first != second
    client.cookies.clear()

    def with_cookie(token: str) -> dict[str, str]:
        return {**GUARD, "cookie": f"weft_refresh={token}"}

    assert (await client.post(f"{AUTH}/refresh", headers=with_cookie(first))).status_code == 401
    # Whoever holds the newer one is shut out too: one of the two is a thief.
    assert (await client.post(f"{AUTH}/refresh", headers=with_cookie(second))).status_code == 401
    headers = {"authorization": f"Bearer {renewed.json()['access_token']}"}
    assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 401


async def test_a_form_of_another_site_cannot_use_the_cookie(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    await _redeem(client, await _link(world, ada))
    assert (await client.post(f"{AUTH}/refresh")).status_code == 403
    foreign = {**GUARD, "origin": "https://evil.example"}
    assert (await client.post(f"{AUTH}/refresh", headers=foreign)).status_code == 403
    own = {**GUARD, "origin": "http://127.0.0.1"}
    assert (await client.post(f"{AUTH}/refresh", headers=own)).status_code == 200


async def test_another_site_cannot_sign_somebody_in(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    token = await _link(world, ada)
    reply = await client.post(
        "/sign-in", data={"token": token}, headers={"origin": "https://evil.example"}
    )
    assert reply.status_code == 403 and "set-cookie" not in reply.headers


async def test_signing_out_ends_access_and_refresh_tokens_on_the_server(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    reply = await _redeem(client, await _link(world, ada))
    refresh = reply.cookies["weft_refresh"]
    headers = {"authorization": f"Bearer {reply.json()['access_token']}"}
    out = await client.post(f"{AUTH}/logout", headers=headers)
    assert out.status_code == 204 and 'weft_refresh=""' in out.headers["set-cookie"]
    assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 401
    cookie = {**GUARD, "cookie": f"weft_refresh={refresh}"}
    assert (await client.post(f"{AUTH}/refresh", headers=cookie)).status_code == 401


async def test_signing_out_works_with_the_cookie_alone(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    reply = await _redeem(client, await _link(world, ada))
    headers = {"authorization": f"Bearer {reply.json()['access_token']}"}
    assert (await client.post(f"{AUTH}/logout", headers=GUARD)).status_code == 204
    assert (await client.get(f"{AUTH}/me", headers=headers)).status_code == 401


async def test_cookies_are_secure_where_the_options_say_tls(build: Any) -> None:
    world = build(secure_cookies=True)
    ada = await world.person()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(world.app), base_url="https://127.0.0.1"
    ) as client:
        reply = await _redeem(client, await _link(world, ada))
    assert "Secure" in reply.headers["set-cookie"]


async def test_guessing_is_limited_to_ten_attempts_a_minute(
    world: "World", client: httpx.AsyncClient
) -> None:
    for left in reversed(range(10)):
        reply = await _redeem(client, "weft_link_wrong")
        assert reply.status_code == 401, left
    blocked = await _redeem(client, "weft_link_wrong")
    assert blocked.status_code == 429 and blocked.json()["code"] == "quota-exceeded"
    assert blocked.headers["x-ratelimit-limit"] == "10"
    assert blocked.headers["x-ratelimit-remaining"] == "0"
    assert int(blocked.headers["retry-after"]) <= 60
    assert (await client.post("/sign-in", data={"token": "x"})).status_code == 429
    world.now[0] += 61
    assert (await _redeem(client, "weft_link_wrong")).status_code == 401


async def test_honest_refreshes_are_not_limited(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    await _redeem(client, await _link(world, ada))
    for _ in range(15):
        assert (await client.post(f"{AUTH}/refresh", headers=GUARD)).status_code == 200


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "sub": "u", "org": "t", "role": "owner", "sid": "s", "iat": now, "exp": now + 900,
        "jti": "j", "aud": "weft:access", "iss": "weft", **changed,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "weft:reset"},
        {"iss": "other"},
        {"role": "god"},
        {"exp": 1},  # 1970
        {"exp": "later"},
    ],
    ids=lambda changed: str(changed),
)
def test_a_token_for_another_purpose_or_of_another_time_is_refused(changed: Any) -> None:
    key = b"k" * 32
    with pytest.raises(Unauthenticated):
        tokens.verify(key, jwt.encode(_claims(**changed), key, "HS256"), time.time())


@pytest.mark.parametrize("missing", ["sub", "org", "role", "sid", "exp", "iat", "jti", "aud"])
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    claims = _claims()
    del claims[missing]
    with pytest.raises(Unauthenticated):
        tokens.verify(b"k" * 32, jwt.encode(claims, b"k" * 32, "HS256"), time.time())


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_a_token_of_another_algorithm_is_refused(algorithm: str) -> None:
    key = "" if algorithm == "none" else "k" * 64
    with pytest.raises(Unauthenticated):
        tokens.verify(b"k" * 64, jwt.encode(_claims(), key, algorithm), time.time())


def test_a_token_signed_with_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(b"k" * 32, jwt.encode(_claims(), b"x" * 32, "HS256"), time.time())


async def test_a_key_is_shown_once_and_stored_as_a_hash(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = await client.post(
        "/api/v1/org/api-keys",
        headers=ada.headers,
        json={"name": "ci", "scopes": ["runs:read"], "expires_in_days": 30},
    )
    assert made.status_code == 201
    key = made.json()["key"]
    assert key.startswith("weft_") and key.startswith(made.json()["prefix"])
    stored = world.platform.store.directory.get_key(ada.user.tenant_id, made.json()["id"])
    assert stored.hash == token_hash(key)
    listed = await client.get("/api/v1/org/api-keys", headers=ada.headers)
    assert key not in listed.text and stored.hash not in listed.text
    assert (await client.get("/api/v1/runs", headers={"x-api-key": key})).status_code == 200
    bearer = {"authorization": f"Bearer {key}"}
    assert (await client.get("/api/v1/runs", headers=bearer)).status_code == 200
    after = (await client.get("/api/v1/org/api-keys", headers=ada.headers)).json()["items"][0]
    assert after["last_used_at"] is not None and after["active"]


async def test_revoked_and_expired_keys_open_nothing(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    body = {"name": "k", "expires_in_days": 1, "scopes": ["runs:read"]}
    first, second = [
        (await client.post("/api/v1/org/api-keys", headers=ada.headers, json=body)).json()
        for _ in range(2)
    ]
    gone = await client.delete(f"/api/v1/org/api-keys/{first['id']}", headers=ada.headers)
    assert gone.status_code == 204
    assert (
        await client.get("/api/v1/runs", headers={"x-api-key": first["key"]})
    ).status_code == 401
    world.now[0] += 24 * 3600 + 1
    assert (
        await client.get("/api/v1/runs", headers={"x-api-key": second["key"]})
    ).status_code == 401


async def test_a_key_cannot_make_keys(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    issued = await world.key(ada, Scope.KEYS_WRITE)
    reply = await client.post(
        "/api/v1/org/api-keys", headers={"x-api-key": issued.token}, json={"name": "more"}
    )
    assert reply.status_code == 403


async def test_a_changed_role_counts_at_once(world: "World", client: httpx.AsyncClient) -> None:
    """The token names a role, but the directory decides."""
    vera = await world.person(Role.VIEWER, "Vera")
    session_id = jwt.decode(
        vera.headers["authorization"].removeprefix("Bearer "), options={"verify_signature": False}
    )["sid"]
    forged = jwt.encode(
        _claims(sub=vera.user.user_id, org=vera.user.tenant_id, sid=session_id, exp=2_000_000_000),
        world.options.signing_key,
        "HS256",
    )
    reply = await client.post(
        "/api/v1/workflows", headers={"authorization": f"Bearer {forged}"}, json={"name": "x"}
    )
    assert reply.status_code == 403
