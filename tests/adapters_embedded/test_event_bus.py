"""Live events reach those who watch, and nobody else; a slow watcher is told."""

import asyncio

import pytest

from weft.adapters.embedded.event_bus import MAX_BEHIND, InProcessBus
from weft.domain.run_event import EventType, RunEvent
from weft.ports.event_bus import Lagging


def event(seq: int, run: str = "r", tenant: str = "a") -> RunEvent:
    return RunEvent(tenant, run, seq, EventType.LOG, seq)


async def test_a_watcher_gets_the_events_of_its_run_in_order() -> None:
    bus = InProcessBus()
    one = bus.subscribe("a", "r")
    bus.publish([event(1), event(1, "other"), event(2), event(3, tenant="b")])
    assert [(await anext(one)).seq for _ in range(2)] == [1, 2]
    waiting = asyncio.ensure_future(anext(one))
    await asyncio.sleep(0)
    assert not waiting.done()
    bus.publish([event(3)])
    assert (await waiting).seq == 3


async def test_a_watcher_of_the_tenant_gets_all_its_runs() -> None:
    bus = InProcessBus()
    every = bus.subscribe("a")
    bus.publish([event(1), event(1, "other"), event(1, tenant="b")])
    assert [(await anext(every)).run_id for _ in range(2)] == ["r", "other"]


async def test_a_slow_watcher_is_told_and_others_are_not_held_up() -> None:
    bus = InProcessBus()
    slow, quick = bus.subscribe("a", "r"), bus.subscribe("a", "r")
    for n in range(MAX_BEHIND + 1):
        bus.publish([event(n)])
        await anext(quick)
    with pytest.raises(Lagging):
        await anext(slow)
    with pytest.raises(StopAsyncIteration):
        await anext(slow)


async def test_closing_ends_the_iteration() -> None:
    bus = InProcessBus()
    one = bus.subscribe("a", "r")
    waiting = asyncio.ensure_future(anext(one))
    await asyncio.sleep(0)
    one.close()
    with pytest.raises(StopAsyncIteration):
        await waiting
    bus.publish([event(1)])
