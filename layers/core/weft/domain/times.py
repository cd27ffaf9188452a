"""Time in the domain: whole milliseconds since the epoch, UTC; ISO text only at borders."""

from datetime import UTC, datetime


def iso(milliseconds: int) -> str:
    """`2026-01-02T03:04:05.678Z`, as events and API bodies show a time."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"
