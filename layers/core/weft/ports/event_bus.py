"""Carries run events to whoever is watching a run."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from weft.domain.run_event import RunEvent


class Lagging(Exception):
    """The subscriber was too slow and missed events: read the stored ones from its last seq on."""


class Subscription(Protocol):
    """Iterate to get events as they happen; `Lagging` ends it. Close it when done."""

    def __aiter__(self) -> AsyncIterator[RunEvent]: ...
    async def __anext__(self) -> RunEvent: ...
    def close(self) -> None: ...


class EventBus(Protocol):
    """Live delivery only; the store is the truth and the place to catch up from."""

    def publish(self, events: Sequence[RunEvent]) -> None:
        """Never blocks."""
        ...

    def subscribe(self, tenant_id: str, run_id: str | None = None) -> Subscription:
        """Events of one run, or of all runs of the tenant."""
        ...
