"""Webhooks: only the published version, only with the trigger's proof, answered its way."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from weft.domain.errors import Invalid
from weft.triggers.hook_body import read_body

if TYPE_CHECKING:
    from tests.api.conftest import Person, World

FORM = "application/x-www-form-urlencoded"
SECRET = "It's a Secret to Everybody"


def _hook(**config: Any) -> dict[str, Any]:
    return {"id": "hook", "type": "webhook_trigger", "config": config}


@pytest.fixture
async def credential(client: httpx.AsyncClient, ada: "Person") -> str:
    body = {"name": "c", "type": "webhook_secret", "values": {"secret": SECRET}}
    made = await client.post("/api/v1/credentials", headers=ada.headers, json=body)
    return str(made.json()["id"])


async def test_a_call_starts_a_run_with_what_it_carried(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(path="orders"))
    reply = await client.post(
        f"/hooks/{flow.workflow_id}/orders?source=shop&n=1",
        json={"id": 7},
        headers={"x-kind": "new", "authorization": "Bearer mine", "cookie": "a=b"},
    )
    assert reply.status_code == 202
    ((run_id, payload),) = world.host.started
    assert reply.json() == {"run_id": run_id, "status": "running"}
    trigger = payload["trigger"]
    assert trigger["data"] == {"id": 7} and trigger["method"] == "POST"
    assert trigger["node"] == "hook" and trigger["type"] == "webhook"
    assert trigger["query"] == {"source": "shop", "n": "1"}
    assert trigger["headers"]["x-kind"] == "new"
    assert not {"authorization", "cookie"} & set(trigger["headers"])


async def test_path_and_method_choose_the_trigger(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(
        ada,
        {"id": "root", "type": "webhook_trigger", "config": {}},
        {"id": "get", "type": "webhook_trigger", "config": {"path": "a/b", "methods": ["GET"]}},
        {"id": "put", "type": "webhook_trigger", "config": {"path": "a/b", "methods": ["PUT"]}},
    )
    base = f"/hooks/{flow.workflow_id}"
    assert (await client.post(base)).status_code == 202
    assert (await client.get(f"{base}/a/b")).status_code == 202
    assert (await client.put(f"{base}/a/b/")).status_code == 202
    assert [payload["trigger"]["node"] for _, payload in world.host.started] == [
        "root",
        "get",
        "put",
    ]
    wrong = await client.delete(f"{base}/a/b")
    assert wrong.status_code == 405 and wrong.headers["allow"] == "GET, PUT"
    assert (await client.post(f"{base}/a")).status_code == 404


async def test_nothing_listens_at_a_paused_or_unknown_workflow(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook())
    path = f"/hooks/{flow.workflow_id}"
    status = f"/api/v1/workflows/{flow.workflow_id}/status"
    await client.put(status, headers=ada.headers, json={"active": False})
    paused, unknown = await client.post(path), await client.post("/hooks/nobody")
    assert paused.status_code == unknown.status_code == 404
    assert "activate" in paused.json()["detail"] and world.host.started == []
    await client.put(status, headers=ada.headers, json={"active": True})
    assert (await client.post(path)).status_code == 202


async def test_the_draft_is_never_run(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(path="old"))
    draft = {"revision": flow.revision, "graph": {"nodes": [_hook(path="new")]}}
    path = f"/api/v1/workflows/{flow.workflow_id}"
    assert (await client.put(path, headers=ada.headers, json=draft)).status_code == 200
    assert (await client.post(f"/hooks/{flow.workflow_id}/new")).status_code == 404
    assert (await client.post(f"/hooks/{flow.workflow_id}/old")).status_code == 202


@pytest.mark.parametrize("encoded", ["sha256=hex", "HEX", "base64"])
async def test_a_signed_call_is_let_in(
    world: "World", client: httpx.AsyncClient, ada: "Person", credential: str, encoded: str
) -> None:
    flow = await world.workflow(ada, _hook(auth="signature", credential=credential))
    body = b'{"zen": "Keep it  logically awesome."}'
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    signature = {
        "sha256=hex": f"sha256={digest.hex()}",
        "HEX": digest.hex().upper(),
        "base64": base64.b64encode(digest).decode(),
    }[encoded]
    headers = {"x-hub-signature-256": signature, "content-type": "application/json"}
    path = f"/hooks/{flow.workflow_id}"
    assert (await client.post(path, content=body, headers=headers)).status_code == 202
    changed = body.replace(b"  ", b" ")
    assert (await client.post(path, content=changed, headers=headers)).status_code == 401
    assert (await client.post(path, content=body)).status_code == 401
    odd: Any = {**headers, "x-hub-signature-256": b"sha256=\xe9"}
    assert (await client.post(path, content=body, headers=odd)).status_code == 401
    assert len(world.host.started) == 1


async def test_a_known_signature_is_computed_as_its_sender_does(
    world: "World", client: httpx.AsyncClient, ada: "Person", credential: str
) -> None:
    """GitHub's published test value for this secret and the body `Hello, World!`."""
    flow = await world.workflow(ada, _hook(auth="signature", credential=credential))
    known = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-hub-signature-256": f"sha256={known}", "content-type": "text/plain"}
    reply = await client.post(
        f"/hooks/{flow.workflow_id}", content=b"Hello, World!", headers=headers
    )
    assert reply.status_code == 202


async def test_a_token_or_a_login_proves_as_well(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    login = base64.b64encode(b"jo:p:w").decode()
    for kind, values, good, bad in (
        ("http_bearer", {"token": "t0"}, "Bearer t0", "Bearer t1"),
        ("http_basic", {"username": "jo", "password": "p:w"}, f"Basic {login}", "Basic am86"),
        ("http_basic", {"username": "jo", "password": "p:w"}, f"basic {login}", "Bearer jo"),
    ):
        body = {
            "name": f"{kind}{good}",
            "type": kind,
            "values": values,
            "allowed_hosts": ["x.example"],
        }
        made = await client.post("/api/v1/credentials", headers=ada.headers, json=body)
        flow = await world.workflow(
            ada, _hook(auth=kind.removeprefix("http_"), credential=made.json()["id"])
        )
        path = f"/hooks/{flow.workflow_id}"
        for sent, status in ((good, 202), (bad, 401), ("", 401)):
            reply = await client.post(path, headers={"authorization": sent})
            assert reply.status_code == status, (kind, sent)


@pytest.mark.parametrize("auth", ["signature", "bearer", "basic"])
async def test_a_trigger_whose_credential_is_gone_lets_nobody_in(
    world: "World", client: httpx.AsyncClient, ada: "Person", auth: str
) -> None:
    flow = await world.workflow(ada, _hook(auth=auth, credential="gone"))
    empty = hmac.new(b"", b"", hashlib.sha256).hexdigest()
    for headers in (
        {},
        {"x-hub-signature-256": empty},
        {"authorization": "Bearer "},
        {"authorization": "Basic Og=="},
    ):
        reply = await client.post(f"/hooks/{flow.workflow_id}", headers=headers)
        assert reply.status_code == 401, headers
    assert world.host.started == []


async def test_a_credential_of_another_kind_proves_nothing(
    world: "World", client: httpx.AsyncClient, ada: "Person", credential: str
) -> None:
    flow = await world.workflow(ada, _hook(auth="bearer", credential=credential))
    for token in (SECRET, "", "None"):
        headers = {"authorization": f"Bearer {token}"}
        reply = await client.post(f"/hooks/{flow.workflow_id}", headers=headers)
        assert reply.status_code == 401


async def test_another_tenants_credential_proves_nothing(
    world: "World", client: httpx.AsyncClient, ada: "Person", credential: str
) -> None:
    eve = await world.person(name="Eve")
    flow = await world.workflow(eve, _hook(auth="signature", credential=credential))
    digest = hmac.new(SECRET.encode(), b"x", hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": digest, "content-type": "text/plain"}
    reply = await client.post(f"/hooks/{flow.workflow_id}", content=b"x", headers=headers)
    assert reply.status_code == 401


async def test_a_caller_that_waits_gets_the_output(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(respond="when_finished"))
    world.completes(output={"end": [1, 2]})
    reply = await client.post(f"/hooks/{flow.workflow_id}", json={})
    assert reply.status_code == 200 and reply.json()["output"] == {"end": [1, 2]}


async def test_a_caller_that_waits_too_long_is_told_the_run(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(respond="when_finished", timeout_seconds=0.02))
    reply = await client.post(f"/hooks/{flow.workflow_id}")
    assert reply.status_code == 202
    assert reply.json() == {"run_id": world.host.started[0][0], "status": "running"}


async def test_a_node_answers_the_caller(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(respond="from_node"))
    headers = {"X-Order": "7", "Set-Cookie": "a=b", "Content-Security-Policy": "x", "X-B": "a\nb"}
    world.completes(response={"status": 201, "headers": headers, "body": {"made": True}})
    reply = await client.post(f"/hooks/{flow.workflow_id}")
    assert reply.status_code == 201 and reply.json() == {"made": True}
    assert reply.headers["x-order"] == "7"
    assert "set-cookie" not in reply.headers and "x-b" not in reply.headers


async def test_a_page_a_node_answers_with_runs_no_script_at_our_address(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook(respond="from_node"))
    page = "<script>fetch('/api/v1/auth/refresh')</script>"
    world.completes(response={"headers": {"content-type": "text/html"}, "body": page})
    reply = await client.post(f"/hooks/{flow.workflow_id}")
    assert reply.status_code == 200 and reply.text == page
    assert reply.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


async def test_an_event_delivered_twice_runs_once(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook())
    headers = {"x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}
    path = f"/hooks/{flow.workflow_id}"
    ids = {(await client.post(path, headers=headers)).json()["run_id"] for _ in range(3)}
    assert len(ids) == 1 and len(world.host.started) == 1


async def test_a_hook_takes_a_quarter_of_a_megabyte(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook())
    path = f"/hooks/{flow.workflow_id}"
    headers = {"content-type": "text/plain"}
    big = await client.post(path, content=b"x" * (256 * 1024 + 1), headers=headers)
    assert big.status_code == 413 and big.headers["content-type"] == "application/problem+json"

    async def pieces() -> Any:
        for _ in range(5):
            yield b"x" * 65_536

    unknown = await client.post(path, content=pieces(), headers=headers)
    assert unknown.status_code == 413
    assert world.host.started == []
    # What starts a run holds the headers too, within the same quarter.
    fits = await client.post(path, content=b"x" * (250 * 1024), headers=headers)
    assert fits.status_code == 202


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("application/json", b'{"a": [1, null]}', {"a": [1, None]}),
        ("application/vnd.github+json; charset=utf-8", b"[]", []),
        (FORM, b"a=1&b=x+y&a=2&c=", {"a": ["1", "2"], "b": "x y", "c": ""}),
        ("text/plain", "grüezi".encode(), "grüezi"),
        ("", b"{}", "{}"),
        ("application/json", b"", None),
        ("application/xml", b"<a/>", "<a/>"),
    ],
)
def test_the_content_type_alone_decides_how_a_body_is_read(
    kind: str, raw: bytes, value: Any
) -> None:
    assert read_body(raw, kind) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", b"{"),
        ("application/json", b'"\xff"'),
        ("text/plain", b"\xff"),
        (FORM, b"a=%ff"),
        (FORM, b"&".join([b"a=1"] * 2_000)),
    ],
)
def test_a_body_that_is_not_what_its_type_says_is_refused(kind: str, raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_body(raw, kind)


async def test_a_type_that_is_not_understood_is_a_415(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada, _hook())
    reply = await client.post(f"/hooks/{flow.workflow_id}", files={"f": b"x"})
    assert reply.status_code == 415 and world.host.started == []
