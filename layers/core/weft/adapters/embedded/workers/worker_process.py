"""One worker process as the server's event loop sees it.

Raw non-blocking sockets instead of asyncio's streams: a round trip costs a fraction of one.
"""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from weft.adapters.embedded.workers.desk import Call, Desk, answer
from weft.adapters.embedded.workers.settings import GroupSettings, PoolSettings
from weft.engine.errors import HandlerError
from weft.engine.json import from_json, to_json

_LENGTH = struct.Struct("<I")
# Over what a step may have kept (6 MiB) or answer with its logs; more is a worker gone mad.
MAX_FRAME_BYTES = 8 * 1024 * 1024

CRASHED = "Runner.Crashed"
TIMED_OUT = "StepTimeout"

# All that a worker inherits: nothing of the server's own environment, where keys may be.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}


class WorkerProcess:
    """Spawned at once; runs one call at a time; dead for good after a kill or a crash."""

    _process: "subprocess.Popen[bytes]"

    def __init__(self, settings: PoolSettings, group: GroupSettings, lock: int | None) -> None:
        """Raises `OSError` when the system has no room for another process."""
        ours, theirs = socket.socketpair()
        command = settings.command or (sys.executable, "-P", "-m", "weft.runner.worker")
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env=_ENVIRONMENT,
                    cwd="/",
                    pass_fds=() if lock is None else (lock,),
                    start_new_session=True,  # Ctrl-C is for the server, which ends its workers
                )
        except OSError:
            ours.close()
            raise
        ours.setblocking(False)
        self._socket = ours
        self._loop = asyncio.get_running_loop()
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._outcome: asyncio.Future[Any] | None = None
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._asking: asyncio.Task[dict[str, Any]] | None = None
        self._call: Call = {}
        self._desk: Desk | None = None
        self._start_seconds = settings.start_seconds
        self.alive = True
        self.idle_since = self._loop.time()
        self._loop.add_reader(ours.fileno(), self._readable)
        self._send(
            {
                "parent": os.getpid(),
                "lock": lock,
                "memory_mb": group.memory_mb,
                "settings": dict(settings.step_settings),
            }
        )

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def run(self, call: Call, desk: Desk, seconds: float) -> Any:
        """The answer to one call. Raises `HandlerError`; kills the worker if it must be left."""
        try:
            if not self._ready.done():
                await self._started()
            return await self._answered(call, desk, seconds)
        except asyncio.CancelledError:
            self.kill()
            raise

    async def _started(self) -> None:
        try:
            async with asyncio.timeout(self._start_seconds):
                await asyncio.shield(self._ready)
        except TimeoutError:
            self.kill()
            raise HandlerError(CRASHED, "the worker did not start in time") from None

    async def _answered(self, call: Call, desk: Desk, seconds: float) -> Any:
        self._call, self._desk = call, desk
        self._outcome = self._loop.create_future()
        alarm = self._loop.call_later(seconds, self._expired, seconds)
        try:
            self._send({"call": call})
            return await self._outcome
        finally:
            alarm.cancel()
            self._outcome = None
            self._call, self._desk = {}, None
            self.idle_since = self._loop.time()

    def kill(self) -> None:
        """End the process and whatever it started."""
        self._lost(None)

    def _expired(self, seconds: float) -> None:
        self._lost(HandlerError(TIMED_OUT, f"the step did not end within {seconds:g} s"))

    def _lost(self, error: HandlerError | None) -> None:
        """The process is no use any more; `error` is for the step it was running."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        if self._asking is not None:
            self._asking.cancel()
        _kill_group(self._process)
        for waiting in (self._ready, self._outcome):
            if waiting is None or waiting.done():
                continue
            if error is None:
                waiting.cancel()
            else:
                waiting.set_exception(error)
        if error is not None and self._ready.done() and not self._ready.cancelled():
            self._ready.exception()  # retrieved: nobody may be waiting for it

    def _readable(self) -> None:
        try:
            data = self._socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended()
            return
        self._incoming += data
        while self.alive and (frame := self._next_frame()) is not None:
            self._take(frame)

    def _next_frame(self) -> dict[str, Any] | None:
        if len(self._incoming) < _LENGTH.size:
            return None
        size = _LENGTH.unpack_from(self._incoming)[0]
        if size > MAX_FRAME_BYTES:
            self._lost(HandlerError(CRASHED, f"the worker sent {size:,} bytes at once"))
            return None
        end = _LENGTH.size + size
        if len(self._incoming) < end:
            return None
        body = bytes(self._incoming[_LENGTH.size : end])
        del self._incoming[:end]
        frame: dict[str, Any] = from_json(body)
        return frame

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "ready":
            self._ready.set_result(None)
        elif kind == "ask":
            self._ask(frame)
        elif self._outcome is not None and not self._outcome.done():
            if kind == "done":
                self._outcome.set_result(frame["answer"])
            else:
                failed = HandlerError(frame["type"], frame["message"], frame["trace"])
                self._outcome.set_exception(failed)
            if frame["last"]:
                self.kill()

    def _ask(self, frame: dict[str, Any]) -> None:
        if self._desk is None or self._asking is not None:
            self._lost(HandlerError(CRASHED, "the worker asked out of turn"))
            return
        self._asking = self._loop.create_task(answer(self._desk, self._call, frame))
        self._asking.add_done_callback(self._reply)

    def _reply(self, task: "asyncio.Task[dict[str, Any]]") -> None:
        self._asking = None
        if task.cancelled() or not self.alive:
            return
        error = task.exception()
        if error is None:
            self._send(task.result())
        else:
            self._lost(HandlerError(type(error).__name__, "the server could not answer the step"))

    def _send(self, frame: dict[str, Any]) -> None:
        body = to_json(frame)
        self._outgoing += _LENGTH.pack(len(body)) + body
        self._writable()

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._ended()
            return
        del self._outgoing[:sent]
        if self._outgoing:
            self._loop.add_writer(self._socket.fileno(), self._writable)
        else:
            self._loop.remove_writer(self._socket.fileno())

    def _ended(self) -> None:
        """The pipe closed. The process has ended, or is about to."""
        try:
            status = self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            status = None
        self._lost(HandlerError(CRASHED, f"the worker died during the step ({_how(status)})"))


def _how(status: int | None) -> str:
    if status is None:
        return "its pipe closed"
    if status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"exit status {status}"


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    try:
        process.wait(timeout=1.0)
    except subprocess.TimeoutExpired:
        # Stuck in the kernel: it is reaped by the next Popen that comes by.
        return


Spawn = Callable[[], WorkerProcess]
