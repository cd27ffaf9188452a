"""Following runs over real sockets: nothing missing, nothing twice, and only for whom it is."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from weft.api.serve import serve
from weft.domain.caller import Scope
from weft.domain.errors import Conflict
from weft.domain.run_event import EventType

if TYPE_CHECKING:
    from tests.api.conftest import World


@asynccontextmanager
async def _served(world: "World") -> AsyncIterator[str]:
    """The address of the API on a free port, gone afterwards."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(world.app, 0, ready.set_result, signals=False))
    try:
        yield await asyncio.wait_for(ready, 10)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def address(build: Any) -> AsyncIterator[tuple["World", str]]:
    world = build(keep_alive_seconds=0.05, stream_auth_seconds=0.3)
    async with _served(world) as url:
        yield world, url


def _ws(url: str, run_id: str, query: str = "") -> str:
    return f"{url.replace('http', 'ws')}/api/v1/runs/{run_id}/stream{query}"


async def _messages(socket: ClientConnection) -> list[dict[str, Any]]:
    return [orjson.loads(text) async for text in socket]


async def _code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        while True:
            await socket.recv()
    assert socket.close_code is not None
    return socket.close_code


async def test_a_socket_replays_then_follows_without_gap_or_repetition(
    address: tuple["World", str],
) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    for _ in range(5):
        world.emit(run.run_id, EventType.STEP_STARTED, "a")

    async def go_on() -> None:
        for number in range(60):
            world.emit(run.run_id, EventType.STEP_COMPLETED, "a", output=number)
            if number % 7 == 0:
                await asyncio.sleep(0.001)
        world.emit(run.run_id, EventType.RUN_COMPLETED, output="done")

    async with connect(_ws(url, run.run_id), additional_headers=ada.headers) as socket:
        going = asyncio.create_task(go_on())
        messages = await _messages(socket)
        await going
        assert socket.close_code == 1000
    assert [message["seq"] for message in messages] == list(range(1, 67))
    first, last = messages[0], messages[-1]
    assert first["type"] == "step.started" and first["node_id"] == "a"
    assert first["run_id"] == run.run_id and first["time"].endswith("Z")
    assert last["type"] == "execution.completed" and last["data"]["output"] == "done"


async def test_a_socket_goes_on_behind_what_was_seen(address: tuple["World", str]) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    for _ in range(4):
        world.emit(run.run_id, EventType.STEP_STARTED, "a")
    world.emit(run.run_id, EventType.RUN_FAILED)
    async with connect(_ws(url, run.run_id, "?after=3"), additional_headers=ada.headers) as socket:
        assert [message["seq"] for message in await _messages(socket)] == [4, 5]


async def test_a_slow_reader_that_fell_behind_catches_up_from_the_store(
    address: tuple["World", str],
) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_STARTED)
    async with connect(_ws(url, run.run_id), additional_headers=ada.headers) as socket:
        await socket.recv()
        # More than the bus holds for one subscriber, without letting it read in between.
        for _ in range(1_500):
            world.emit(run.run_id, EventType.STEP_STARTED, "a")
        world.emit(run.run_id, EventType.RUN_COMPLETED)
        seqs = [message["seq"] for message in await _messages(socket)]
    assert seqs == list(range(2, 1_503))


@pytest.mark.parametrize("way", ["message", "subprotocol", "key"])
async def test_a_browser_that_cannot_send_headers_has_other_ways(
    address: tuple["World", str], way: str
) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_COMPLETED)
    token = ada.headers["authorization"].removeprefix("Bearer ")
    if way == "key":
        token = (await world.key(ada, Scope.RUNS_READ)).token
    protocols: Any = ["weft.v1", f"bearer.{token}"] if way == "subprotocol" else None
    async with connect(_ws(url, run.run_id), subprotocols=protocols) as socket:
        if way == "subprotocol":
            assert socket.subprotocol == "weft.v1"
        else:
            await socket.send(orjson.dumps({"token": token}).decode())
        assert [message["seq"] for message in await _messages(socket)] == [1]


@pytest.mark.parametrize(
    "first", [None, "nonsense", '{"token": "weft_key_no"}', '{"token": 1}', "[" * 9_000]
)
async def test_a_socket_without_a_valid_token_is_closed_with_4401(
    address: tuple["World", str], first: str | None
) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_STARTED)
    for path in ("runs", "executions", "workflows/executions"):
        where = _ws(url, run.run_id).replace("/runs/", f"/{path}/")
        async with connect(where) as socket:
            if first is not None:
                await socket.send(first)
            assert await _code(socket) == 4401


async def test_a_bad_token_in_the_handshake_opens_nothing(address: tuple["World", str]) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    with pytest.raises(InvalidStatus) as refused:
        async with connect(_ws(url, run.run_id), additional_headers={"authorization": "Bearer no"}):
            pass
    assert refused.value.response.status_code == 403


async def test_another_tenants_run_cannot_be_followed(address: tuple["World", str]) -> None:
    world, url = address
    ada, eve = await world.person(), await world.person(name="Eve")
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_COMPLETED)
    async with connect(_ws(url, run.run_id), additional_headers=eve.headers) as socket:
        assert await _code(socket) == 4404
    weak = {"x-api-key": (await world.key(ada, Scope.WORKFLOWS_READ)).token}
    async with connect(_ws(url, run.run_id), additional_headers=weak) as socket:
        assert await _code(socket) == 4403
    async with connect(_ws(url, run.run_id, "?after=-1"), additional_headers=ada.headers) as socket:
        assert await _code(socket) == 4400


@pytest.mark.parametrize("header", [{"origin": "https://evil.example"}, {"host": "evil.example"}])
async def test_another_sites_page_cannot_open_a_socket(
    address: tuple["World", str], header: dict[str, str]
) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    sent = {**ada.headers, **header}
    if "host" in header:
        host, port = url.removeprefix("http://").split(":")
        request = (
            f"GET /api/v1/runs/{run.run_id}/stream HTTP/1.1\r\nHost: evil.example\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Authorization: {ada.headers['authorization']}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request.encode())
        assert b" 403 " in await reader.readline()
        writer.close()
        return
    with pytest.raises(InvalidStatus):
        async with connect(_ws(url, run.run_id), additional_headers=sent):
            pass


def _parsed(text: str) -> list[tuple[int, str, dict[str, Any]]]:
    events = []
    for block in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":")
        )
        if "id" in fields:
            events.append((int(fields["id"]), fields["event"], orjson.loads(fields["data"])))
    return events


async def test_server_sent_events_resume_behind_the_last_id(address: tuple["World", str]) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    for _ in range(3):
        world.emit(run.run_id, EventType.STEP_STARTED, "a")
    path = f"{url}/api/v1/runs/{run.run_id}/stream"

    async def go_on() -> None:
        await asyncio.sleep(0.2)
        world.emit(run.run_id, EventType.RUN_COMPLETED, output={"text": "two\n\nlines"})

    async with httpx.AsyncClient(trust_env=False) as client:
        going = asyncio.create_task(go_on())
        reply = await client.get(path, headers={**ada.headers, "last-event-id": "2"})
        await going
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert ": keep-alive" in reply.text
        events = _parsed(reply.text)
        assert [(seq, kind) for seq, kind, _ in events] == [
            (3, "step.started"),
            (4, "execution.completed"),
        ]
        assert events[1][2]["data"]["output"] == {"text": "two\n\nlines"}
        after = await client.get(path, headers=ada.headers, params={"after": 3})
        assert [seq for seq, _, _ in _parsed(after.text)] == [4]
        over = await client.get(path, headers={**ada.headers, "last-event-id": "4"})
        assert over.status_code == 204
        stranger = await client.get(path)
        assert stranger.status_code == 401


async def test_a_reader_that_leaves_is_forgotten(address: tuple["World", str]) -> None:
    world, url = address
    ada = await world.person()
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_STARTED)
    async with connect(_ws(url, run.run_id), additional_headers=ada.headers) as socket:
        await socket.recv()
    async with httpx.AsyncClient(trust_env=False) as client:
        path = f"{url}/api/v1/runs/{run.run_id}/stream"
        async with client.stream("GET", path, headers=ada.headers) as reply:
            async for _ in reply.aiter_bytes():
                break
    bus: Any = world.platform.bus
    for _ in range(100):
        if not bus._queues:
            break
        await asyncio.sleep(0.02)
    assert not bus._queues


async def test_a_taken_port_says_so(address: tuple["World", str]) -> None:
    world, url = address
    with pytest.raises(Conflict, match="another port"):
        await serve(world.app, int(url.rpartition(":")[2]), lambda _: None, signals=False)


async def test_the_server_ends_on_sigterm_although_a_stream_is_open() -> None:
    program = (
        "import asyncio\n"
        "from weft.api.serve import serve\n"
        "async def app(scope, receive, send):\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b'x', 'more_body': True})\n"
        "    await asyncio.sleep(60)\n"
        "async def main():\n"
        "    await serve(app, 0, lambda url: print(url, flush=True))\n"
        "    print('closed', flush=True)\n"
        "asyncio.run(main())\n"
    )
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    url = (await server.stdout.readline()).decode().strip()
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url) as reply:
        assert reply.status_code == 200
        os.kill(server.pid, signal.SIGTERM)
        rest = await asyncio.wait_for(server.stdout.read(), 5)
    assert rest == b"closed\n" and await server.wait() == 0
