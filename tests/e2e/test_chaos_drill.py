"""A few faults within the test run, and that the laws notice; `make test` does more of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.chaos_drill import drill
from tests.e2e.chaos_functions import Arrival
from tests.e2e.chaos_laws import Watched, check_calls, check_history


def test_a_disturbed_server_does_what_an_undisturbed_one_does(tmp_path: Path) -> None:
    tally = drill(faults=4, seed=7, folder=tmp_path)
    assert sum(tally.faults.values()) == 4
    assert tally.executions > 0


def _event(number: int, before: int, kind: str = "PassStateEntered") -> dict[str, Any]:
    return {"id": number, "previousEventId": before, "type": kind}


START, END = _event(1, 0, "ExecutionStarted"), _event(3, 2, "ExecutionSucceeded")


@pytest.mark.parametrize(
    ("events", "law"),
    [
        ([START, END], "ids have gaps"),
        ([START, _event(2, 2), END], "follows"),
        ([START, _event(2, 1)], "ends at"),
        ([START, _event(2, 1, "ExecutionFailed"), END], "ends at"),
    ],
)
def test_a_history_with_a_flaw_breaks_a_law(events: list[dict[str, Any]], law: str) -> None:
    check_history("run", [START, _event(2, 1), END])
    with pytest.raises(AssertionError, match=law):
        check_history("run", events)


def _watched() -> Watched:
    return Watched("arn", "machine", "run", 0.0)


def test_a_repeated_call_is_counted_when_it_is_the_same_and_in_flight() -> None:
    assert check_calls(_watched(), [Arrival("run/S", 0, "a", "t")] * 2, {}) == 1


@pytest.mark.parametrize(
    ("arrivals", "law"),
    [
        ([Arrival("run/S", 0, "a", ""), Arrival("run/S", 0, "b", "")], "another call"),
        ([Arrival("run/S", 0, "a", "t"), Arrival("run/S", 0, "a", "u")], "another call"),
        (
            [Arrival(f"run/S{s}", 0, "a", "") for s in ("First", "Second", "First")],
            "called again",
        ),
    ],
)
def test_a_call_that_should_not_be_breaks_a_law(arrivals: list[Arrival], law: str) -> None:
    with pytest.raises(AssertionError, match=law):
        check_calls(_watched(), arrivals, {})


def test_a_call_after_its_end_its_answer_or_a_stop_breaks_a_law() -> None:
    twice = [Arrival("run/S", 0, "a", "")] * 2
    output = json.dumps({"Payload": {"key": "run/S"}})
    done = _event(2, 1, "TaskSucceeded") | {"taskSucceededEventDetails": {"output": output}}
    watched = _watched()
    watched.look([START, done], 1)
    with pytest.raises(AssertionError, match="after it had finished"):
        check_calls(watched, twice, {})
    with pytest.raises(AssertionError, match="answer was lost"):
        check_calls(_watched(), twice, {"run/S": 1})
    watched = _watched()
    watched.stopped = 1
    with pytest.raises(AssertionError, match="after the stop"):
        check_calls(watched, twice, {})


def test_a_history_that_changes_afterwards_breaks_a_law() -> None:
    watched = _watched()
    watched.look([START, _event(2, 1)], 0)
    with pytest.raises(AssertionError, match="rewritten"):
        watched.look([START, _event(2, 0)], 0)
