"""A wall clock that is set: waits neither end early nor get lost, and the journal stays good."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine.conftest import Lab

START = 1_800_000_000.0
WAIT: dict[str, Any] = {
    "Pause": {"Type": "Wait", "Seconds": 60, "Next": "Done"},
    "Done": {"Type": "Pass", "End": True},
}


class SetClock:
    """Shows what it is set to, and wakes the engine when the test says so, due or not."""

    def __init__(self) -> None:
        self.time = START
        self._call: Callable[[], None] | None = None

    def now(self) -> float:
        return self.time

    def wake_at(self, due: float, call: Callable[[], None]) -> None:
        self._call = call

    def begin_work(self) -> None:
        """Nothing."""

    def end_work(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        self._call = None

    async def set(self, time: float) -> None:
        """Sets the time, and lets the engine look at it."""
        self.time = time
        call, self._call = self._call, None
        if call is not None:
            call()
        await asyncio.sleep(0.01)


class SetLab(Lab):
    """A laboratory whose clock is set by hand."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.wall = SetClock()
        self.clock = self.wall  # type: ignore[assignment]
        self.engine = self.make()


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_wait_ends_at_its_time_whatever_the_clock_did_before(
    tmp_path: Path, restarted: bool
) -> None:
    lab = SetLab(tmp_path)
    await lab.engine.open()
    run = lab.start(WAIT)
    await lab.wall.set(START - 86_400)
    if restarted:
        await lab.restart()
    await lab.wall.set(START + 59)
    assert lab.engine.describe(run).status == "RUNNING"
    await lab.wall.set(START + 86_400)
    assert lab.engine.describe(run).status == "SUCCEEDED"
    assert [event.id for event in lab.engine.history(run)] == list(
        range(1, len(lab.engine.history(run)) + 1)
    )
    await lab.engine.close()


async def test_a_run_started_before_the_clock_went_back_ends_after_it(tmp_path: Path) -> None:
    lab = SetLab(tmp_path)
    await lab.engine.open()
    run = lab.start({"Call": {
        "Type": "Task", "Resource": "lambda:invoke", "End": True,
        "Arguments": {"FunctionName": "echo", "Payload": 1},
    }})  # fmt: skip
    lab.wall.time = START - 86_400
    assert (await lab.engine.wait(run)).status == "SUCCEEDED"
    await lab.engine.close()
