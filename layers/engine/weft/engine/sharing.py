"""When results wait for others, to be written in one transaction with them.

While many calls are out, the next transaction is held back for as long as the last one took: so the
disk has half of the time at most, and what returns meanwhile shares it. (Group commit; DeWitt et
al., "Implementation Techniques for Main Memory Database Systems", SIGMOD 1984.)
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MANY_CALLS: Final = 4
LONGEST_PAUSE: Final = 0.01  # seconds, on however slow a disk


class Sharing:
    """Knows how long transactions take; everything in seconds."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._results = False
        self._ended = 0.0
        self._took = 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around a transaction."""
        began = self._now()
        yield
        self._ended = self._now()
        self._took = self._ended - began

    @contextmanager
    def of_results(self) -> Iterator[None]:
        """Around what takes the result of a call: what it asks for may wait."""
        self._results = True
        try:
            yield
        finally:
            self._results = False

    def pause(self, calls_out: int) -> float:
        """How long to hold the next transaction back."""
        if not self._results or calls_out <= MANY_CALLS:
            return 0.0
        until = self._ended + min(self._took, LONGEST_PAUSE)
        return max(0.0, until - self._now())
