"""A run's events as they happen: server-sent events and a websocket, both resumable."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from weft.api.access import READ_RUNS, Endpoint
from weft.api.asked import asked, options_of, platform_of
from weft.api.callers import SOCKET_PROTOCOL, caller_in, caller_of
from weft.api.follow import follow
from weft.api.run_views import event_view
from weft.domain.caller import Caller
from weft.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from weft.domain.json_text import json_text
from weft.domain.run_event import RunEvent
from weft.operations.get_run import get_run

_MAX_FIRST_MESSAGE = 8_192
# Private close codes, the HTTP status they stand for plus 4000.
_BAD, _NO_CALLER, _NOT_ALLOWED, _NOT_FOUND = 4400, 4401, 4403, 4404


async def stream_run(
    request: Request,
    run_id: str,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """Server-sent events; `Last-Event-ID` or `after` resumes behind a known `seq`.

    204 when the run has ended and nothing is left to tell, which stops a browser's reconnecting.
    """
    ask = asked(request)
    seen = int(last_event_id) if last_event_id and last_event_id.isdigit() else after
    run = await get_run(ask.platform, ask.caller, run_id)
    if run.status.ended and seen >= run.last_seq:
        return Response(status_code=204)
    events = follow(ask.platform, ask.caller, run_id, seen, ask.options.keep_alive_seconds)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_lines(events), headers=headers, media_type="text/event-stream")


async def _lines(events: AsyncIterator[RunEvent | None]) -> AsyncIterator[bytes]:
    yield b"retry: 1000\n\n"
    async for event in events:
        if event is None:
            yield b": keep-alive\n\n"
            continue
        data = json_text(event_view(event))
        yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.type.value.encode(), data)


async def run_socket(socket: WebSocket, run_id: str) -> None:
    """`WS /runs/{run_id}/stream?after=seq`: one event per message, closed with 1000 at the end."""
    offered = socket.scope.get("subprotocols", ())
    await socket.accept(SOCKET_PROTOCOL if SOCKET_PROTOCOL in offered else None)
    try:
        caller = await _caller(socket)
        caller.require(READ_RUNS.role, READ_RUNS.scope)
        after = _after(socket.query_params.get("after", "0"))
        await get_run(platform_of(socket), caller, run_id)
        await _relay(socket, caller, run_id, after)
        await socket.close(1000)
    except Unauthenticated as error:
        await socket.close(_NO_CALLER, str(error))
    except Forbidden as error:
        await socket.close(_NOT_ALLOWED, str(error))
    except NotFound:
        await socket.close(_NOT_FOUND, "there is no such run")
    except Invalid as error:
        await socket.close(_BAD, str(error))
    except WebSocketDisconnect:
        return


async def _caller(socket: WebSocket) -> Caller:
    """From the handshake, or from the first message `{"token": …}` in time."""
    try:
        return caller_in(socket)
    except Unauthenticated:
        options = options_of(socket)
    try:
        async with asyncio.timeout(options.stream_auth_seconds):
            token = _token(await socket.receive())
    except TimeoutError as error:
        raise Unauthenticated("no token came in time") from error
    return await caller_of(platform_of(socket), options, token)


def _token(message: Any) -> str:
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text") or ""
    try:
        given = orjson.loads(text) if len(text) <= _MAX_FIRST_MESSAGE else None
    except orjson.JSONDecodeError:
        given = None
    token = given.get("token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token:
        raise Unauthenticated('the first message must be {"token": "…"}')
    return token


def _after(text: str) -> int:
    if not text.isdigit() or len(text) > 18:
        raise Invalid("after is not a sequence number")
    return int(text)


async def _relay(socket: WebSocket, caller: Caller, run_id: str, after: int) -> None:
    """Send events until the run ends or the client goes; what it sends is read and dropped."""
    silence = options_of(socket).keep_alive_seconds
    gone = asyncio.create_task(_until_gone(socket))
    sending = asyncio.create_task(_send_events(socket, caller, run_id, after, silence))
    try:
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (gone, sending):
            if not task.done():
                task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)
    if sending.cancelled():
        raise WebSocketDisconnect(1001)
    sending.result()


async def _until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _send_events(
    socket: WebSocket, caller: Caller, run_id: str, after: int, silence: float
) -> None:
    # Keep-alives are the protocol's own pings here, sent by the server; None needs no message.
    async for event in follow(platform_of(socket), caller, run_id, after, silence):
        if event is not None:
            await socket.send_text(json_text(event_view(event)).decode())


STREAM_PATH = "/runs/{run_id}/stream"
ENDPOINTS = (Endpoint("GET", STREAM_PATH, stream_run, READ_RUNS, None, tag="runs"),)
