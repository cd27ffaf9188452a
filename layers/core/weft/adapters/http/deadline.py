"""A total time for everything that one request does."""

import time

from weft.domain.errors import TransientStepError


class Deadline:
    """Counts from construction."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds, more than 0. Raises `TransientStepError` when none are left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left if at_most is None else min(left, at_most)

    def passed(self) -> TransientStepError:
        """The error for a request that took too long."""
        return TransientStepError(f"no complete answer within {self._seconds:g} s")
