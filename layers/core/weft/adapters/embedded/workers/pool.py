"""All worker processes of a server: the engine's way to run steps."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from weft.adapters.embedded.workers.desk import Desk
from weft.adapters.embedded.workers.group import Group
from weft.adapters.embedded.workers.predecessors import WorkersLock
from weft.adapters.embedded.workers.settings import GroupSettings, PoolSettings
from weft.adapters.embedded.workers.worker_process import WorkerProcess
from weft.engine.errors import HandlerError

PREFIX = "runner:"
# When a payload says nothing (EX-17).
DEFAULT_SECONDS = 300.0
SWEEP_SECONDS = 15.0

NO_FUNCTION = "Lambda.ResourceNotFoundException"


class WorkerPool:
    """Start it on the server's event loop before anything is dispatched; `invoke` is the engine's
    handler. `folder` is the data folder: the lock in it outlives the server while workers do.
    """

    def __init__(self, folder: Path, desk: Desk, settings: PoolSettings | None = None) -> None:
        self._settings = settings or PoolSettings()
        self._desk = desk
        self._lock = WorkersLock(folder)
        self._groups = {
            PREFIX + name: Group(name, group, partial(self._spawn, group))
            for name, group in self._settings.groups.items()
        }
        self._sweeping: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Waits until no worker of an earlier server is left. Raises `StorageUnavailable`."""
        await self._lock.acquire()
        self.sweep()

    async def invoke(self, function: str, payload: Any, deadline: float | None = None) -> Any:
        """The step's answer. Raises `HandlerError`.

        `deadline` is the engine's own, who cancels the call when it has passed; the limit here is
        the payload's `deadline_seconds`, counted from when a worker has the step. A cancelled call
        ends its worker.
        """
        group = self._groups.get(function)
        if group is None or not isinstance(payload, Mapping):
            raise HandlerError(NO_FUNCTION, f"there is no runner {function!r} for this payload")
        worker = await group.acquire()
        try:
            seconds = payload.get("deadline_seconds")
            limit = float(seconds) if isinstance(seconds, int | float) else DEFAULT_SECONDS
            return await worker.run(payload, self._desk, limit)
        finally:
            group.release(worker)

    async def close(self) -> None:
        """Ends all workers; steps under way fail."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for group in self._groups.values():
            group.close()
        self._lock.release()

    def pids(self) -> dict[str, list[int]]:
        """Of the living workers, by function name."""
        return {name: [w.pid for w in g.workers] for name, g in self._groups.items()}

    def _spawn(self, group: GroupSettings) -> WorkerProcess:
        worker = WorkerProcess(self._settings, group, self._lock.fd)
        self._lock.record(worker.pid)
        return worker

    def sweep(self) -> None:
        """End workers that fell idle; comes again by itself."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        loop = asyncio.get_running_loop()
        for group in self._groups.values():
            group.shrink(loop.time())
        self._sweeping = loop.call_later(SWEEP_SECONDS, self.sweep)
