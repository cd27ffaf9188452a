"""History events: what GetExecutionHistory gives, plus the path through Map and Parallel."""

from dataclasses import dataclass
from typing import Any

from weft.engine.json import from_json, to_json

Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event of one execution.

    `id` counts from 1 within the execution; `timestamp` is seconds since 1970; `details` has AWS's
    names (`name`, `input`, `output`, `error`, `cause`, `index` …) with JSON as values, not text.
    `path` names the Map iterations and Parallel branches around the event, outermost first.
    """

    id: int
    type: str
    timestamp: float
    previous_event_id: int
    path: Path
    details: dict[str, Any]
    execution: str = ""  # of whom it is, where events of several executions are told together


def encode_events(events: list[HistoryEvent]) -> bytes:
    """JSON of a batch."""
    return to_json(
        [[e.id, e.type, e.timestamp, e.previous_event_id, e.path, e.details] for e in events]
    )


def decode_events(text: bytes) -> list[HistoryEvent]:
    """Read what `encode_events` wrote."""
    return [
        HistoryEvent(i, kind, at, before, tuple((n, x) for n, x in path), details)
        for i, kind, at, before, path, details in from_json(text)
    ]
