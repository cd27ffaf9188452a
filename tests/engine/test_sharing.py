"""Results of many calls share transactions; a single call waits for nobody."""

import asyncio
from typing import Any

import pytest

from weft.engine.sharing import LONGEST_PAUSE, MANY_CALLS, Sharing


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.at


def written(took: float) -> tuple[Sharing, Watch]:
    """One transaction that took so many seconds, just now."""
    watch = Watch()
    sharing = Sharing(watch)
    with sharing.writing():
        watch.at += took
    return sharing, watch


def test_a_result_waits_as_long_as_the_last_transaction_took() -> None:
    sharing, watch = written(0.004)
    with sharing.of_results():
        assert sharing.pause(MANY_CALLS + 1) == pytest.approx(0.004)
        watch.at += 0.003
        assert sharing.pause(MANY_CALLS + 1) == pytest.approx(0.001)
        watch.at += 0.003
        assert sharing.pause(MANY_CALLS + 1) == 0


def test_on_a_slow_disk_it_does_not_wait_for_ever() -> None:
    sharing, _ = written(2.0)
    with sharing.of_results():
        assert sharing.pause(MANY_CALLS + 1) == pytest.approx(LONGEST_PAUSE)


def test_with_few_calls_out_or_for_anything_else_nothing_waits() -> None:
    sharing, _ = written(0.004)
    with sharing.of_results():
        assert sharing.pause(MANY_CALLS) == 0
    assert sharing.pause(MANY_CALLS + 1) == 0


async def test_many_calls_that_return_one_after_the_other_all_count(lab: Any) -> None:
    async def slow(payload: Any) -> Any:
        await asyncio.sleep(0.0005 * (payload % 7))
        return payload

    lab.handlers["f"] = slow
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    each = {"StartAt": "T", "States": {"T": task}, "ProcessorConfig": {"Mode": "INLINE"}}
    states = {"M": {"Type": "Map", "ItemProcessor": each, "End": True}}
    ended = await lab.run(states, list(range(60)))
    assert ended.output == list(range(60))
