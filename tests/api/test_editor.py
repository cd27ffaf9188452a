"""The built editor is open to look at; everything it shows is behind the API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from weft.operations.sessions import create_sign_in_link


@pytest.fixture
def world(build: Any, tmp_path: Path) -> Any:
    root = tmp_path / "web"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>editor</title>")
    (root / "assets" / "main-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return build(web_root=root)


@pytest.fixture
async def client(world: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/workflows/some-id", "/runs"])
async def test_its_own_addresses_show_the_editor(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path)
    assert reply.status_code == 200 and "editor" in reply.text
    assert reply.headers["cache-control"] == "no-cache"
    policy = reply.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert len(reply.headers.get_list("content-security-policy")) == 1


async def test_files_are_kept_by_browsers_and_missing_ones_are_missing(
    client: httpx.AsyncClient,
) -> None:
    kept = await client.get("/assets/main-1a2b.js")
    assert kept.status_code == 200 and "immutable" in kept.headers["cache-control"]
    for path in ("/assets/other.js", "/favicon.ico", "/assets/none"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/..%2fsecret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt"]
)
async def test_nothing_beside_its_folder_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert "secret" not in (await client.get(path)).text


async def test_the_api_is_never_answered_by_a_page(client: httpx.AsyncClient, world: Any) -> None:
    for path in ("/api/v1/runs", "/api/v1/nothing", "/api", "/api/v2/x"):
        assert (await client.get(path)).status_code == 401, path
    assert (await client.post("/workflows")).status_code == 401
    ada = await world.person()
    missing = await client.get("/api/v1/nothing", headers=ada.headers)
    assert missing.status_code == 404 and missing.json()["code"] == "not-found"
    assert (await client.get("/hooks/nobody")).json()["code"] == "not-found"


async def test_signing_in_leads_to_the_editor(client: httpx.AsyncClient, world: Any) -> None:
    ada = await world.person()
    _, token = await create_sign_in_link(world.platform, ada.user.tenant_id, ada.user.user_id)
    reply = await client.post("/sign-in", data={"token": token})
    assert reply.status_code == 303 and reply.headers["location"] == "/"
