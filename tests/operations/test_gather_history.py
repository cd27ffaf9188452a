"""Reports of a host are passed on in handfuls, in order, and an end at once."""

import asyncio
from collections.abc import Sequence

from weft.engine.events import HistoryEvent
from weft.operations.gather_history import GatheredHistory
from weft.ports.machines import HistoryEvent as Reported


class _Heard:
    def __init__(self) -> None:
        self.batches: list[tuple[str, list[int]]] = []

    def __call__(self, run_id: str, events: Sequence[Reported]) -> None:
        self.batches.append((run_id, [event.id for event in events]))


def _event(number: int, type: str = "TaskStateEntered") -> HistoryEvent:
    return HistoryEvent(number, type, 0.0, number - 1, (), {})


async def test_reports_of_a_moment_arrive_together_and_apart_by_run() -> None:
    heard = _Heard()
    gathered = GatheredHistory(heard, 0.001)
    gathered.heard("a", [_event(1, "ExecutionStarted")])
    gathered.heard("b", [_event(1, "ExecutionStarted")])
    gathered.heard("a", [_event(2), _event(3)])
    assert heard.batches == []
    await asyncio.sleep(0.05)
    assert heard.batches == [("a", [1, 2, 3]), ("b", [1])]


async def test_an_end_is_passed_on_at_once_with_what_came_before_it() -> None:
    heard = _Heard()
    gathered = GatheredHistory(heard, 60)
    for kind in ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"):
        heard.batches.clear()
        gathered.heard("a", [_event(1)])
        gathered.heard("b", [_event(1)])
        gathered.heard("a", [_event(2, kind)])
        assert heard.batches == [("a", [1, 2])]
        gathered.release()
        assert heard.batches == [("a", [1, 2]), ("b", [1])]


async def test_nothing_is_held_back_when_no_time_is_given() -> None:
    heard = _Heard()
    gathered = GatheredHistory(heard, 0)
    gathered.heard("a", [_event(1)])
    assert heard.batches == [("a", [1])]
