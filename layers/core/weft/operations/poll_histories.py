"""Ask a host for what happened, where the host does not tell by itself."""

import asyncio
import logging
from typing import Final

from weft.domain.errors import WeftError
from weft.operations.platform import Platform
from weft.ports.machines import HistoryListener

LOG: Final = logging.getLogger("weft.runs")
POLL_SECONDS: Final = 1.0


class HistoryPoller:
    """Tells the listener of every open run's history, whole, as often as it has grown.

    Whoever listens passes over what it knows: a host's own order may put a late event of an
    execution that the run started between those that were told.
    """

    def __init__(self, platform: Platform, listener: HistoryListener) -> None:
        self._platform = platform
        self._listener = listener
        self._told: dict[str, int] = {}  # how many events of a run

    async def poll(self) -> None:
        """Once, all open runs. Raises `StorageUnavailable`."""
        told = {}
        for run in self._platform.store.runs.list_open():
            if run.execution_id is not None:
                before = self._told.get(run.run_id, 0)
                told[run.run_id] = await self._tell(run.run_id, run.execution_id, before)
        self._told = told

    async def _tell(self, run_id: str, execution_id: str, before: int) -> int:
        try:
            history = await self._platform.host.history(execution_id)
        except WeftError as error:
            # One run whose history cannot be had must not keep the others from going on.
            LOG.error("the history of run %s cannot be read: %s", run_id, error)
            return before
        if len(history) > before:
            self._listener(run_id, history)
        return len(history)

    async def keep_polling(self, seconds: float = POLL_SECONDS) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.poll()
            except WeftError as error:
                LOG.error("the open runs cannot be looked at: %s", error)
            await asyncio.sleep(seconds)
