"""What the border does for every request, whatever route it is for."""

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.api.conftest import Person, World


def _is_problem(reply: httpx.Response, status: int, code: str) -> None:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == f"urn:weft:{code}" and body["code"] == code
    assert body["status"] == status and body["title"] and body["detail"]
    assert "Traceback" not in reply.text


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/health", "/api/v1/runs", "/sign-in"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_a_request_id_comes_back_or_is_made(client: httpx.AsyncClient) -> None:
    given = await client.get("/api/v1/health", headers={"x-request-id": "trace-42"})
    assert given.headers["x-request-id"] == "trace-42"
    made = {(await client.get("/api/v1/health")).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    odd = await client.get("/api/v1/health", headers={"x-request-id": "a b<script>"})
    assert "script" not in odd.headers["x-request-id"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1"])
async def test_another_host_name_gets_nothing(client: httpx.AsyncClient, host: str) -> None:
    _is_problem(await client.get("/api/v1/health", headers={"host": host}), 421, "host-not-allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8420", "127.0.0.1:1", "[::1]:8420"])
async def test_loopback_names_are_known(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/api/v1/health", headers={"host": host})).status_code == 200


async def test_a_configured_host_name_is_known(build: Any) -> None:
    world = build(hosts=frozenset({"weft.example"}))
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://weft.example") as client:
        assert (await client.get("/api/v1/health")).status_code == 200


async def test_no_origin_is_allowed_by_default(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/health", headers={"origin": "http://127.0.0.1:5173"})
    assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_only_exact_origins_may_read_answers(build: Any) -> None:
    world = build(origins=frozenset({"https://app.example"}))
    transport = httpx.ASGITransport(world.app)
    preflight = {"access-control-request-method": "PUT"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        good = {"origin": "https://app.example"}
        reply = await client.options("/api/v1/workflows", headers={**good, **preflight})
        assert reply.status_code == 204
        assert reply.headers["access-control-allow-origin"] == "https://app.example"
        assert "*" not in reply.headers["access-control-allow-methods"]
        for origin in ("https://app.example.evil", "null", "http://app.example"):
            reply = await client.options(
                "/api/v1/workflows", headers={"origin": origin, **preflight}
            )
            assert "access-control-allow-origin" not in reply.headers


async def test_unknown_addresses_and_methods_are_problems(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    missing = await client.get("/api/v1/nothing", headers=ada.headers)
    _is_problem(missing, 404, "not-found")
    method = await client.put("/api/v1/runs", headers=ada.headers)
    _is_problem(method, 405, "method-not-allowed")


async def test_a_document_of_two_megabytes_is_taken_and_five_are_not(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    def graph(size: int) -> dict[str, Any]:
        notes = ["x" * 9_000] * (size // 9_000)
        nodes = [{"id": f"n{i}", "type": "t", "notes": text} for i, text in enumerate(notes)]
        return {"name": "big", "graph": {"nodes": nodes}}

    fits = await client.post("/api/v1/workflows", headers=ada.headers, json=graph(1_900_000))
    assert fits.status_code == 201, fits.text[:300]
    big = await client.post("/api/v1/workflows", headers=ada.headers, json=graph(5_000_000))
    _is_problem(big, 413, "payload-too-large")


async def test_a_body_without_a_length_is_counted(client: httpx.AsyncClient, ada: "Person") -> None:
    async def endless() -> Any:
        for _ in range(60):
            yield b"x" * 65_536

    reply = await client.post(
        "/api/v1/workflows",
        headers={**ada.headers, "content-type": "application/json"},
        content=endless(),
    )
    _is_problem(reply, 413, "payload-too-large")


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\xff\xfe"}',
        b"\xef\xbb\xbf{}",
        b'{"name": ',
        b'{"name": NaN}',
        b'{"name": "x", "graph": ' + b'{"a":' * 70 + b"1" + b"}" * 71,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"name": "\\ud800"}',
    ],
    ids=["latin", "mark", "cut", "nan", "deep", "very deep", "half a pair"],
)
async def test_what_is_not_acceptable_json_is_a_clean_400(
    client: httpx.AsyncClient, ada: "Person", body: bytes
) -> None:
    reply = await client.post(
        "/api/v1/workflows",
        headers={**ada.headers, "content-type": "application/json"},
        content=body,
    )
    _is_problem(reply, 400, "invalid")


async def test_another_content_type_is_refused(client: httpx.AsyncClient, ada: "Person") -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        reply = await client.post(
            "/api/v1/workflows",
            headers={**ada.headers, "content-type": kind},
            content=b'{"name": "x"}',
        )
        _is_problem(reply, 415, "unsupported-media-type")


@pytest.mark.parametrize("field", ["id", "tenant_id", "created_at", "revision", "owner", "x"])
async def test_fields_the_server_owns_cannot_be_sent(
    client: httpx.AsyncClient, ada: "Person", field: str
) -> None:
    reply = await client.post(
        "/api/v1/workflows", headers=ada.headers, json={"name": "x", field: "1"}
    )
    _is_problem(reply, 422, "invalid")
    assert reply.json()["diagnostics"][0]["field"] == f"body.{field}"


async def test_what_was_sent_is_not_echoed(client: httpx.AsyncClient, ada: "Person") -> None:
    reply = await client.post(
        "/api/v1/credentials",
        headers=ada.headers,
        json={"name": "c", "type": "webhook_secret", "values": {"secret": ["hunter2"]}},
    )
    _is_problem(reply, 422, "invalid")
    assert "hunter2" not in reply.text


async def test_a_failure_of_ours_shows_no_detail(
    world: "World", client: httpx.AsyncClient, ada: "Person", store: Any
) -> None:
    store.close()
    reply = await client.get("/api/v1/runs", headers=ada.headers)
    assert reply.status_code == 503
    assert reply.headers["content-type"] == "application/problem+json"
    assert "sqlite" not in reply.text.lower() and "closed" not in reply.text.lower()
    assert reply.headers["x-request-id"] and reply.headers["x-content-type-options"] == "nosniff"


async def test_a_bad_parameter_names_itself(client: httpx.AsyncClient, ada: "Person") -> None:
    for query in ("limit=0", "limit=101", "limit=x", "status=odd"):
        reply = await client.get(f"/api/v1/runs?{query}", headers=ada.headers)
        _is_problem(reply, 422, "invalid")
        assert query.partition("=")[0] in reply.json()["detail"]
