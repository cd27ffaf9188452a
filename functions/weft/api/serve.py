"""Runs the API in this process and event loop, beside whatever else the platform runs in it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from weft.domain.errors import Conflict

LOOPBACK: Final = "127.0.0.1"
# Streams and waiting starts end then; with the platform's own closing it stays below 5 s.
_GRACE_SECONDS: Final = 3
_BACKLOG: Final = 1_024
_MAX_SOCKET_MESSAGE: Final = 64 * 1024  # clients send a token and nothing else

Announce = Callable[[str], None]


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: the framework's way ends the process before we can close."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    app: ASGIApp, port: int, announce: Announce, *, host: str = LOOPBACK, signals: bool = True
) -> None:
    """Serve until SIGTERM, SIGINT or cancellation; then finish what is quick and return.

    `port` 0 takes a free one. `announce` gets `http://host:port` once requests are accepted.
    Raises `Conflict` if the port is taken.
    """
    listener = _bound(host, port)
    server = _Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = _stops_on_signals(server) if signals else contextlib.nullcontext()
    with stopping, contextlib.closing(listener):
        try:
            await _started(server, serving)
            announce(f"http://{host}:{listener.getsockname()[1]}")
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            server.should_exit = True
            await serving
            raise


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws_max_size=_MAX_SOCKET_MESSAGE,
    )


def _bound(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Conflict(f"cannot listen on {host}:{port}: {reason}; choose another port") from error
    # Connections inherit it. An answer is written in two parts, and without this the second
    # waits for the client's acknowledgement of the first, which clients delay by 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)
    return listener


async def _started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            await serving
            raise Conflict("the server stopped before it had started")
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def _stops_on_signals(server: uvicorn.Server) -> Iterator[None]:
    """A second signal does not wait for open streams any more."""
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGTERM, signal.SIGINT)

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    for number in wanted:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)
