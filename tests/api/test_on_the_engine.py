"""The API over the real platform: a graph is published, run and followed on the engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from weft.api.app import create_app
from weft.api.options import ApiOptions
from weft.api.serve import serve
from weft.bootstrap.embedded import Parts, open_embedded
from weft.bootstrap.step_desk import StepDesk
from weft.domain.caller import Caller, Scope
from weft.engine.jsonata_fast import FastJsonata
from weft.nodekit.node_type import NodeType
from weft.nodes.app.output import NODE as OUTPUT
from weft.nodes.app.webhook_response import NODE as RESPONSE
from weft.nodes.data.set_fields import NODE as FIELDS
from weft.nodes.trigger.manual_trigger import NODE as MANUAL
from weft.nodes.trigger.webhook_trigger import NODE as WEBHOOK
from weft.operations.api_keys import create_api_key
from weft.operations.platform import Platform
from weft.operations.provision_tenant import ensure_owner
from weft.triggers.webhook import receive_webhook

if TYPE_CHECKING:
    from asyncio import Task

_TYPES = {node.name: node for node in (MANUAL, WEBHOOK, FIELDS, OUTPUT, RESPONSE)}
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "by_hand", "type": "manual_trigger"},
        {"id": "hook", "type": "webhook_trigger", "config": {"respond": "from_node"}},
        {
            "id": "greet",
            "type": "set_fields",
            "config": {"fields": {"text": "Hello {{ trigger.data.name }}"}},
        },
        {
            "id": "answer",
            "type": "webhook_response",
            "config": {"status": 201, "body": "{{ greet.output }}"},
        },
        {"id": "result", "type": "output", "config": {"value": "{{ greet.output.text }}"}},
    ],
    "edges": [
        {"source": "by_hand", "target": "greet"},
        {"source": "hook", "source_port": "body", "target": "greet"},
        {"source": "greet", "target": "answer"},
        {"source": "greet", "target": "result"},
    ],
}


class _Types:
    def find(self, name: str) -> NodeType[Any] | None:
        return _TYPES.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(_TYPES)


async def _no_handler(function: str, payload: Any, deadline: float | None) -> Any:
    raise AssertionError(f"{function} was called, but every node here is pure")


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    parts = Parts(
        invoke=_no_handler,
        jsonata=FastJsonata(),
        catalogue=_Types(),
        http=None,  # type: ignore[arg-type]  # nothing here calls out
        desk=StepDesk(),
    )
    async with open_embedded(tmp_path / "home", tmp_path / "weft.key", parts) as opened:
        yield opened


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the owner's key, on a real socket."""
    owner = await ensure_owner(platform)
    caller = Caller(owner.tenant_id, owner.user_id, owner.role, "session")
    issued = await create_api_key(platform, caller, "test", scopes=frozenset(Scope))
    options = ApiOptions(platform.vault.derive("access-tokens"))
    app = create_app(platform, options, receive_hook=receive_webhook)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task: Task[None] = asyncio.create_task(serve(app, 0, ready.set_result, signals=False))
    try:
        url = await asyncio.wait_for(ready, 10)
        headers = {"x-api-key": issued.token}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as opened:
            yield opened
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _published(client: httpx.AsyncClient, graph: dict[str, Any]) -> str:
    made = await client.post("/api/v1/workflows", json={"name": "Greeter", "graph": graph})
    path = f"/api/v1/workflows/{made.json()['id']}"
    reply = await client.post(f"{path}/publish", json={"change_message": "first"})
    assert reply.status_code == 201, reply.text
    assert reply.json()["version"] == 1
    return path


async def test_a_published_graph_runs_and_answers_its_caller(client: httpx.AsyncClient) -> None:
    path = await _published(client, GRAPH)
    reply = await client.post(f"{path}/execute", json={"input": {"name": "Ada"}, "wait": 20})
    assert reply.status_code == 200, reply.text
    run = reply.json()
    assert run["status"] == "completed" and run["trigger_node"] == "by_hand"
    assert run["output"]["result"] == "Hello Ada"
    steps = (await client.get(f"/api/v1/runs/{run['id']}/steps")).json()["items"]
    states = {step["node_id"]: step["status"] for step in steps}
    assert states["greet"] == states["result"] == "success"


async def test_a_webhook_is_answered_by_its_node(client: httpx.AsyncClient) -> None:
    workflow_id = (await _published(client, GRAPH)).rpartition("/")[2]
    for name in ("Ada", "Bo"):
        reply = await client.post(f"/hooks/{workflow_id}", json={"name": name})
        assert reply.status_code == 201, reply.text
        assert reply.json() == {"text": f"Hello {name}"}


async def test_a_run_is_followed_from_its_first_event_to_its_last(
    client: httpx.AsyncClient,
) -> None:
    path = await _published(client, GRAPH)
    run_id = (await client.post(f"{path}/execute", json={"input": {"name": "x"}})).json()["id"]
    url = str(client.base_url).replace("http", "ws").rstrip("/")
    headers = {"x-api-key": client.headers["x-api-key"]}
    async with connect(f"{url}/api/v1/runs/{run_id}/stream", additional_headers=headers) as socket:
        followed = [orjson.loads(text) async for text in socket]
    stored = (await client.get(f"/api/v1/runs/{run_id}/events")).json()["items"]
    assert followed == stored
    assert [event["seq"] for event in stored] == list(range(1, len(stored) + 1))
    assert stored[0]["type"] == "execution.started"
    assert stored[-1]["type"] == "execution.completed"
    assert {e["node_id"] for e in stored if e["type"] == "step.completed"} >= {"greet", "result"}


async def test_a_graph_with_problems_is_kept_but_not_published(client: httpx.AsyncClient) -> None:
    broken = {**GRAPH, "edges": [*GRAPH["edges"], {"source": "greet", "target": "nowhere"}]}
    checked = await client.post("/api/v1/workflows/validate", json={"graph": broken})
    assert checked.status_code == 200 and not checked.json()["valid"]
    assert checked.json()["diagnostics"][0]["code"].startswith("W")
    made = await client.post("/api/v1/workflows", json={"name": "x", "graph": broken})
    assert made.status_code == 201
    refused = await client.post(f"/api/v1/workflows/{made.json()['id']}/publish")
    assert refused.status_code == 422 and refused.json()["code"] == "compile-error"
    first = refused.json()["diagnostics"][0]
    assert {"code", "severity", "title", "message", "node", "port", "hint"} == set(first)
    whole = await client.post("/api/v1/workflows/validate", json={"graph": GRAPH})
    assert whole.json()["valid"], whole.text
