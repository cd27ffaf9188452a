"""Workflows, their drafts and versions over HTTP."""

from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from weft.api.rate_limit import SlidingWindow
from weft.domain.caller import Scope

if TYPE_CHECKING:
    from tests.api.conftest import Person, World

FLOWS = "/api/v1/workflows"
GRAPH = {"nodes": [{"id": "a", "type": "manual_trigger", "position": {"x": 3, "y": 4}}]}


async def _made(client: httpx.AsyncClient, ada: "Person", **body: Any) -> Any:
    reply = await client.post(FLOWS, headers=ada.headers, json={"name": "Flow", **body})
    assert reply.status_code == 201, reply.text
    return reply.json()


async def test_a_draft_comes_back_as_it_was_saved(client: httpx.AsyncClient, ada: "Person") -> None:
    made = await _made(client, ada, graph=GRAPH, description="d")
    read = (await client.get(f"{FLOWS}/{made['id']}", headers=ada.headers)).json()
    assert read == made
    assert read["graph"]["nodes"][0]["position"] == {"x": 3, "y": 4}
    assert read["revision"] == 1 and read["published_version"] is None and not read["is_active"]


async def test_two_people_saving_the_same_revision_do_not_overwrite_each_other(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = await _made(client, ada)
    path = f"{FLOWS}/{made['id']}"
    first = await client.put(path, headers=ada.headers, json={"revision": 1, "graph": GRAPH})
    assert first.status_code == 200 and first.json()["revision"] == 2
    second = await client.put(path, headers=ada.headers, json={"revision": 1, "graph": {}})
    assert second.status_code == 409 and second.json()["code"] == "conflict"
    patched = await client.patch(path, headers=ada.headers, json={"revision": 2, "name": "New"})
    assert patched.json()["name"] == "New"
    assert patched.json()["graph"]["nodes"][0]["id"] == "a"


async def test_a_change_must_say_which_revision_it_started_from(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = await _made(client, ada)
    reply = await client.put(f"{FLOWS}/{made['id']}", headers=ada.headers, json={"name": "x"})
    assert reply.status_code == 422


async def test_what_is_no_graph_is_refused(client: httpx.AsyncClient, ada: "Person") -> None:
    body = {"name": "x", "graph": {"nodes": [{"id": "no spaces!", "type": "t"}]}}
    reply = await client.post(FLOWS, headers=ada.headers, json=body)
    assert reply.status_code == 400 and "nodes.0.id" in reply.json()["detail"]


async def test_a_list_is_read_page_by_page(client: httpx.AsyncClient, ada: "Person") -> None:
    names = {f"Flow {number}" for number in range(7)}
    for name in names:
        await _made(client, ada, name=name)
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(FLOWS, headers=ada.headers, params=query)).json()
        seen += [item["name"] for item in page["items"]]
        assert "graph" not in page["items"][0]
        cursor = page["next_cursor"]
    assert cursor is None and len(seen) == 7 and set(seen) == names


async def test_a_made_up_cursor_is_refused(client: httpx.AsyncClient, ada: "Person") -> None:
    reply = await client.get(FLOWS, headers=ada.headers, params={"cursor": "made-up"})
    assert reply.status_code == 400


async def test_an_archived_workflow_is_kept_apart_and_can_come_back(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = await _made(client, ada)
    path = f"{FLOWS}/{made['id']}"
    assert (await client.delete(path, headers=ada.headers)).json()["archived"]
    assert (await client.get(FLOWS, headers=ada.headers)).json()["items"] == []
    kept = await client.get(FLOWS, headers=ada.headers, params={"archived": True})
    assert [item["id"] for item in kept.json()["items"]] == [made["id"]]
    back = await client.post(f"{path}/restore", headers=ada.headers)
    assert not back.json()["archived"]


async def test_versions_are_listed_and_read_whole(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    path = f"{FLOWS}/{flow.workflow_id}/versions"
    listed = (await client.get(path, headers=ada.headers)).json()["items"]
    assert [item["version"] for item in listed] == [1] and "definition" not in listed[0]
    one = (await client.get(f"{path}/1", headers=ada.headers)).json()
    assert one["definition"] == {"StartAt": "start"} and one["graph"]["nodes"]
    assert (await client.get(f"{path}/2", headers=ada.headers)).status_code == 404
    assert (await client.get(f"{path}/x", headers=ada.headers)).status_code == 422


async def test_a_paused_workflow_can_be_made_live_again(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    path = f"{FLOWS}/{(await world.workflow(ada)).workflow_id}"
    off = await client.put(f"{path}/status", headers=ada.headers, json={"active": False})
    assert not off.json()["is_active"]
    on = await client.post(f"{path}/versions/1/activate", headers=ada.headers)
    assert on.json()["is_active"] and on.json()["published_version"] == 1


async def test_what_was_never_published_cannot_be_made_live(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = await _made(client, ada)
    path = f"{FLOWS}/{made['id']}/status"
    reply = await client.put(path, headers=ada.headers, json={"active": True})
    assert reply.status_code == 409 and "publish" in reply.json()["detail"]


async def test_the_catalogue_is_served_as_it_is_and_not_again(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    reply = await client.get(f"{FLOWS}/nodes", headers=ada.headers)
    assert [item["name"] for item in reply.json()["items"]] == ["manual_trigger", "webhook_trigger"]
    again = await client.get(
        f"{FLOWS}/nodes", headers={**ada.headers, "if-none-match": reply.headers["etag"]}
    )
    assert again.status_code == 304 and again.content == b""
    one = await client.get(f"{FLOWS}/nodes/manual", headers=ada.headers)
    assert one.json()["title"] == "Manual"
    assert (await client.get(f"{FLOWS}/nodes/nothing", headers=ada.headers)).status_code == 404


async def test_a_secret_goes_in_and_never_comes_out(
    client: httpx.AsyncClient, ada: "Person"
) -> None:
    where = "/api/v1/credentials"
    body = {"name": "gh", "type": "webhook_secret", "values": {"secret": "hunter2"}}
    made = await client.post(where, headers=ada.headers, json=body)
    assert made.status_code == 201
    path = f"{where}/{made.json()['id']}"
    checked = await client.post(f"{path}/test", headers=ada.headers, json={})
    assert checked.json()["ok"]
    listed = await client.get(where, headers=ada.headers)
    assert listed.json()["items"][0]["name"] == "gh"
    for reply in (made, checked, listed):
        assert "hunter2" not in reply.text
    types = (await client.get(f"{where}/types", headers=ada.headers)).json()["items"]
    assert ("webhook_secret", "secret") in [(t["name"], t["fields"][0]["name"]) for t in types]
    twice = await client.post(where, headers=ada.headers, json=body)
    assert twice.status_code == 409
    assert (await client.delete(path, headers=ada.headers)).status_code == 204
    assert (await client.get(where, headers=ada.headers)).json()["items"] == []


async def test_a_key_limited_to_reading_cannot_write(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    issued = await world.key(ada, Scope.WORKFLOWS_READ)
    headers = {"x-api-key": issued.token}
    assert (await client.get(FLOWS, headers=headers)).status_code == 200
    assert (await client.post(FLOWS, headers=headers, json={"name": "x"})).status_code == 403


@given(
    limit=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=40),
)
def test_no_minute_ever_holds_more_attempts_than_the_limit(limit: int, gaps: list[float]) -> None:
    window, now = SlidingWindow(limit), 1_000.0
    granted: list[float] = []
    for gap in gaps:
        now += gap
        recent = [at for at in granted if at > now - 60]
        allowance = window.attempt("key", now)
        assert allowance.ok == (len(recent) < limit)
        if allowance.ok:
            granted.append(now)
        assert 0 <= allowance.remaining < limit or not allowance.ok
