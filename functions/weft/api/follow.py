"""Following a run's events live, without gap or repetition."""

import asyncio
from collections.abc import AsyncIterator

from weft.domain.caller import Caller
from weft.domain.run_event import RunEvent
from weft.operations.get_run import MAX_EVENTS, get_run, list_events
from weft.operations.platform import Platform
from weft.ports.event_bus import Lagging, Subscription


async def follow(
    platform: Platform, caller: Caller, run_id: str, after: int, keep_alive: float
) -> AsyncIterator[RunEvent | None]:
    """Events with `seq > after` up to the run's end; None when `keep_alive` seconds were silent.

    Stored events first, then live ones; a live event that was already read is dropped, a gap is
    filled from the store. Raises `NotFound` at the first step.
    """
    live = platform.bus.subscribe(caller.tenant_id, run_id)
    seen = after
    try:
        while True:
            # Asked before the events are read: then none can follow those that are read.
            ended = (await get_run(platform, caller, run_id)).status.ended
            async for event in _stored(platform, caller, run_id, seen):
                seen = event.seq
                yield event
            if ended:
                return
            try:
                async for heard in _live(live, keep_alive):
                    if heard is None:
                        yield None
                    elif heard.seq == seen + 1:
                        seen = heard.seq
                        yield heard
                        if heard.type.ends_run:
                            return
                    elif heard.seq > seen:
                        break  # something is missing: it is in the store
                else:
                    return  # the bus has closed: the server is stopping
            except Lagging:
                live.close()
                live = platform.bus.subscribe(caller.tenant_id, run_id)
    finally:
        live.close()


async def _stored(
    platform: Platform, caller: Caller, run_id: str, after: int
) -> AsyncIterator[RunEvent]:
    while True:
        batch = await list_events(platform, caller, run_id, after=after, limit=MAX_EVENTS)
        for event in batch:
            yield event
        if len(batch) < MAX_EVENTS:
            return
        after = batch[-1].seq


async def _live(live: Subscription, keep_alive: float) -> AsyncIterator[RunEvent | None]:
    while True:
        try:
            async with asyncio.timeout(keep_alive):
                event = await anext(live)
        except TimeoutError:
            yield None
        except StopAsyncIteration:
            return
        else:
            yield event
