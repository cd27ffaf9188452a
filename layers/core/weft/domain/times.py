"""Time in the domain: whole milliseconds since the epoch, UTC; ISO text only at borders."""

from datetime import UTC, datetime
from functools import lru_cache


def iso(milliseconds: int) -> str:
    """`2026-01-02T03:04:05.678Z`, as events and API bodies show a time."""
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=128)  # a run says the same second many times
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
