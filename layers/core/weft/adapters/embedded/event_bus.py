"""Live run events inside one process."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence

from weft.domain.run_event import RunEvent
from weft.ports.event_bus import Lagging

MAX_BEHIND = 1_000  # events a subscriber may leave unread before it must catch up from the store


class _Queue:
    """One subscriber's events; a bounded queue that breaks instead of blocking or dropping."""

    def __init__(self, owner: "InProcessBus", key: tuple[str, str | None]) -> None:
        self._owner = owner
        self._key = key
        self._events: deque[RunEvent] = deque()
        self._wake = asyncio.Event()
        self._lagging = False
        self._closed = False

    def put(self, events: Sequence[RunEvent]) -> None:
        if len(self._events) + len(events) > MAX_BEHIND:
            self._lagging = True
            self._events.clear()
        elif not self._lagging:
            self._events.extend(events)
        self._wake.set()

    def __aiter__(self) -> "_Queue":
        return self

    async def __anext__(self) -> RunEvent:
        while not self._events:
            if self._closed:
                raise StopAsyncIteration
            if self._lagging:
                self.close()
                raise Lagging
            self._wake.clear()
            await self._wake.wait()
        return self._events.popleft()

    def close(self) -> None:
        self._closed = True
        self._wake.set()
        self._owner.remove(self._key, self)


class InProcessBus:
    """See `weft.ports.event_bus`. For one event loop."""

    def __init__(self) -> None:
        self._queues: dict[tuple[str, str | None], set[_Queue]] = defaultdict(set)

    def publish(self, events: Sequence[RunEvent]) -> None:
        if not self._queues or not events:
            return
        by_run: dict[tuple[str, str], list[RunEvent]] = defaultdict(list)
        for event in events:
            by_run[event.tenant_id, event.run_id].append(event)
        for (tenant_id, run_id), batch in by_run.items():
            for key in ((tenant_id, run_id), (tenant_id, None)):
                for queue in tuple(self._queues.get(key, ())):
                    queue.put(batch)

    def subscribe(self, tenant_id: str, run_id: str | None = None) -> _Queue:
        key = (tenant_id, run_id)
        queue = _Queue(self, key)
        self._queues[key].add(queue)
        return queue

    def remove(self, key: tuple[str, str | None], queue: _Queue) -> None:
        """Forgets a closed subscription."""
        held = self._queues.get(key)
        if held is not None:
            held.discard(queue)
            if not held:
                del self._queues[key]
