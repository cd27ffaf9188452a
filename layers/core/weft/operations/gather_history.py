"""Take what the host reports in handfuls: each costs a projection and a transaction of the store.

What is held back is in the host's journal, so that losing it in a crash loses nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from weft.ports.machines import HistoryEvent, HistoryListener

GATHER_SECONDS: Final = 0.004  # no person sees the difference; a chain of quick steps does


class GatheredHistory:
    """Passes reports on to `listener`: the end of an execution at once, others a moment later."""

    def __init__(self, listener: HistoryListener, seconds: float) -> None:
        """With 0 seconds everything is passed on at once."""
        self._listener = listener
        self._seconds = seconds
        self._held: dict[str, list[HistoryEvent]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, run_id: str, events: Sequence[HistoryEvent]) -> None:
        """New history of a run, in order."""
        self._held.setdefault(run_id, []).extend(events)
        if self._seconds <= 0 or _ends(events):
            self._listener(run_id, self._held.pop(run_id))
            return
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self.release)

    def release(self) -> None:
        """Passes on what is held back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held = self._held, {}
        for run_id, events in held.items():
            self._listener(run_id, events)


def _ends(events: Sequence[HistoryEvent]) -> bool:
    if not events or events[-1].execution:
        return False
    last = events[-1].type
    return last.startswith("Execution") and last != "ExecutionStarted"
