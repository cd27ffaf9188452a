"""Timestamps as the language writes them: ISO-8601 with an offset, to the millisecond."""

import re
from datetime import UTC, datetime

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)


def iso(at: float) -> str:
    """Epoch seconds as `2026-11-21T04:36:00.123Z`."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def parse_timestamp(text: str) -> float:
    """Epoch seconds of an ISO-8601 extended offset date-time. Raises ValueError for others."""
    found = _ISO.match(text)
    if found is None:
        raise ValueError(f"not an ISO-8601 extended offset date-time: {text}")
    day, time, fraction, offset = found.groups()
    whole = datetime.fromisoformat(f"{day}T{time}{'+00:00' if offset == 'Z' else offset}")
    return whole.timestamp() + float(fraction or 0)
