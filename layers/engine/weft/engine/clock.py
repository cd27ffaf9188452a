"""Time for the engine: real, or skipping over waits so that tests do not sleep."""

import asyncio
import heapq
import time
from collections.abc import Callable
from typing import Protocol

# A laptop sleeps and its wall clock is set: long waits look at it again at least this often (s).
LONGEST_NAP = 30.0


class Clock(Protocol):
    """Epoch seconds, one wake-up call, and word of work that runs outside the engine."""

    def now(self) -> float:
        """Seconds since 1970, with fractions."""
        ...

    def wake_at(self, due: float, call: Callable[[], None]) -> None:
        """Call `call` in the event loop at or after `due`; replaces an earlier request."""
        ...

    def begin_work(self) -> None:
        """A handler was started: time must not be skipped until `end_work`."""
        ...

    def end_work(self) -> None:
        """A handler ended."""
        ...

    def stop(self) -> None:
        """Forget the wake-up call."""
        ...


class RealClock:
    """The wall clock."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def wake_at(self, due: float, call: Callable[[], None]) -> None:
        """Ask for a call at or after `due`, or after `LONGEST_NAP` to look again."""
        self.stop()
        delay = min(max(due - time.time(), 0.0), LONGEST_NAP)
        self._handle = asyncio.get_running_loop().call_later(delay, call)

    def begin_work(self) -> None:
        """Nothing to do: real time does not skip."""

    def end_work(self) -> None:
        """Nothing to do: real time does not skip."""

    def stop(self) -> None:
        """Forget the wake-up call."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class SkippingClock:
    """Jumps to the next wake-up as soon as no handler is working.

    With `auto=False` time stands still until `advance`.
    """

    def __init__(self, start: float = 1_800_000_000.0, *, auto: bool = True) -> None:
        self._now = start
        self._auto = auto
        self._working = 0
        self._wake: tuple[float, Callable[[], None]] | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        self._pending = False

    def now(self) -> float:
        """Seconds since 1970, as far as this clock has come."""
        return self._now

    def wake_at(self, due: float, call: Callable[[], None]) -> None:
        """Ask for a call once time has come to `due`."""
        self._wake = (due, call)
        self._look()

    def begin_work(self) -> None:
        """A handler runs: time stands still."""
        self._working += 1

    def end_work(self) -> None:
        """A handler ended: time may go on."""
        self._working -= 1
        self._look()

    def stop(self) -> None:
        """Forget the wake-up call."""
        self._wake = None

    async def sleep(self, seconds: float) -> None:
        """For handlers: sleep in this clock's time."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._count, future))
        self._working -= 1
        self._look()
        try:
            await future
        finally:
            self._working += 1

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass, waking whoever is due on the way."""
        self._skip_to(self._now + seconds)

    def _look(self) -> None:
        if self._auto and not self._pending and self._working <= 0:
            self._pending = True
            asyncio.get_running_loop().call_soon(self._settle, 3)

    def _settle(self, turns: int) -> None:
        # A few loop turns let tasks that are already runnable go first.
        if turns:
            asyncio.get_running_loop().call_soon(self._settle, turns - 1)
            return
        self._pending = False
        if self._working > 0:
            return
        dues = [s[0] for s in self._sleepers[:1]] + ([self._wake[0]] if self._wake else [])
        if dues:
            self._skip_to(max(self._now, min(dues)))

    def _skip_to(self, due: float) -> None:
        self._now = due
        while self._sleepers and self._sleepers[0][0] <= due:
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
        if self._wake and self._wake[0] <= due:
            call = self._wake[1]
            self._wake = None
            call()
        elif self._wake or self._sleepers:
            self._look()
