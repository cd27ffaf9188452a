"""The workers of one group, and the steps that wait for one of them."""

import asyncio
from collections import deque

from weft.adapters.embedded.workers.settings import GroupSettings
from weft.adapters.embedded.workers.worker_process import Spawn, WorkerProcess
from weft.engine.errors import HandlerError

BUSY = "Runner.Busy"


class Group:
    """Grows on demand up to its bound; the step that has waited longest comes first."""

    def __init__(self, name: str, settings: GroupSettings, spawn: Spawn) -> None:
        self._name = name
        self._settings = settings
        self._spawn = spawn
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._waiting: deque[asyncio.Future[WorkerProcess]] = deque()

    @property
    def workers(self) -> list[WorkerProcess]:
        """All that live."""
        return [*self._idle, *self._busy]

    async def acquire(self) -> WorkerProcess:
        """A worker of one's own, to be released. Raises `HandlerError` when the queue is full."""
        while self._idle:
            worker = self._idle.pop()  # the warmest; the coldest may fall idle and go
            if worker.alive:
                self._busy.add(worker)
                return worker
        if len(self._busy) < self._settings.max_workers:
            return self._started()
        if len(self._waiting) >= self._settings.max_queue:
            raise HandlerError(
                BUSY,
                f"{len(self._waiting)} steps wait for a {self._name} worker already; "
                "try again later, or let the operator allow more workers",
            )
        turn: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release(turn.result())
            raise

    def release(self, worker: WorkerProcess) -> None:
        """Give it to who waits longest, or keep it warm; a dead one is replaced if needed."""
        self._busy.discard(worker)
        turn = self._next_turn()
        if turn is None:
            if worker.alive:
                self._idle.append(worker)
            return
        if worker.alive:
            self._busy.add(worker)
            turn.set_result(worker)
            return
        try:
            turn.set_result(self._started())
        except HandlerError as error:
            turn.set_exception(error)

    def shrink(self, now: float) -> None:
        """End workers that had nothing to do for long."""
        for worker in list(self._idle):
            if now - worker.idle_since > self._settings.idle_seconds or not worker.alive:
                self._idle.remove(worker)
                worker.kill()

    def close(self) -> None:
        """End all workers; steps under way and waiting are cancelled, not failed."""
        while (turn := self._next_turn()) is not None:
            turn.cancel()
        for worker in self.workers:
            worker.kill()
        self._idle.clear()

    def _next_turn(self) -> "asyncio.Future[WorkerProcess] | None":
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                return turn
        return None

    def _started(self) -> WorkerProcess:
        try:
            worker = self._spawn()
        except OSError as error:
            raise HandlerError(BUSY, f"no worker could be started: {error.strerror}") from error
        self._busy.add(worker)
        return worker
