"""A sliding window per key (RL-04), for the addresses where guessing would pay."""

from collections import deque
from dataclasses import dataclass
from math import ceil

WINDOW_SECONDS = 60.0
# Keys are client addresses; beyond this many, those whose window is over are dropped.
_MAX_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after one attempt; `reset` is seconds until the oldest attempt is forgotten."""

    ok: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """`X-RateLimit-*` (AP-46), and `Retry-After` where the attempt was refused."""
        sent = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
        }
        return sent if self.ok else {**sent, "retry-after": str(self.reset)}


class SlidingWindow:
    """Counts attempts of the last minute, exactly, in this process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: dict[str, deque[float]] = {}

    def attempt(self, key: str, now: float) -> Allowance:
        """Count one attempt; `ok` is False when the window is full."""
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - WINDOW_SECONDS:
            seen.popleft()
        ok = len(seen) < self._limit
        if ok:
            seen.append(now)
        if len(self._seen) > _MAX_KEYS:
            self._forget(now)
        reset = ceil(seen[0] + WINDOW_SECONDS - now) if seen else 0
        return Allowance(ok, self._limit, self._limit - len(seen), reset)

    def refund(self, key: str) -> None:
        """Take the last attempt back: it proved to be honest."""
        seen = self._seen.get(key)
        if seen:
            seen.pop()

    def _forget(self, now: float) -> None:
        stale = [
            k for k, seen in self._seen.items() if not seen or seen[-1] <= now - WINDOW_SECONDS
        ]
        for key in stale:
            del self._seen[key]
