"""Runs are followed where the host tells nothing by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from weft.domain.errors import HostRejected, NotFound, StorageUnavailable
from weft.domain.run import Run, RunStatus, Trigger
from weft.operations.poll_histories import HistoryPoller
from weft.ports.machines import HistoryEvent


@dataclass
class Asked:
    """A host whose histories are a test's; the first call of some fails."""

    histories: dict[str, list[Any]]
    failing: dict[str, Exception] = field(default_factory=dict)

    async def history(self, execution_id: str) -> Sequence[HistoryEvent]:
        if execution_id in self.failing:
            raise self.failing.pop(execution_id)
        return list(self.histories[execution_id])


@pytest.fixture
def poller(house: Any) -> Any:
    """With what its listener hears in `heard`, and two runs under way."""
    for name in ("r", "s"):
        started = Run("t", name, "w", 1, RunStatus.RUNNING, Trigger(), "u", 1)
        house.platform.store.runs.add(replace(started, execution_id=f"m:{name}"))
    house.platform.store.runs.add(Run("t", "q", "w", 1, RunStatus.PENDING, Trigger(), "u", 1))
    heard: list[tuple[str, int]] = []
    host: Any = Asked({"m:r": [1], "m:s": [1, 2]})
    platform = replace(house.platform, host=host)
    made: Any = HistoryPoller(platform, lambda run, events: heard.append((run, len(events))))
    made.heard, made.host = heard, host
    return made


async def test_a_history_is_told_again_when_it_has_grown(poller: Any) -> None:
    await poller.poll()
    await poller.poll()
    assert poller.heard == [("r", 1), ("s", 2)]
    poller.host.histories["m:s"].append(3)
    await poller.poll()
    assert poller.heard[2:] == [("s", 3)]


@pytest.mark.parametrize(
    "error", [NotFound("gone"), HostRejected("no"), StorageUnavailable("throttled")]
)
async def test_a_run_whose_history_cannot_be_had_keeps_no_other(
    poller: Any, error: Exception
) -> None:
    poller.host.failing["m:r"] = error
    await poller.poll()
    assert poller.heard == [("s", 2)]
    await poller.poll()
    assert poller.heard == [("s", 2), ("r", 1)]
