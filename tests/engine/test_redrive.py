"""Redrive: failed executions go on from where they stood, and nothing that succeeded runs again."""

import asyncio
from typing import Any

import pytest

from weft.engine.errors import HandlerError, NotRedrivable

CALL = "arn:aws:states:::lambda:invoke"
DAY = 24 * 3600


def task(name: str, **fields: Any) -> dict[str, Any]:
    arguments = {"FunctionName": name, "Payload": "{% $states.input %}"}
    return {
        "Type": "Task", "Resource": CALL, "Arguments": arguments,
        "Output": "{% $states.result.Payload %}", **fields,
    }  # fmt: skip


class Flaky:
    """A function that fails until it is mended."""

    def __init__(self, answer: Any = "done") -> None:
        self.broken = True
        self.answer = answer

    def __call__(self, payload: Any) -> Any:
        if self.broken:
            raise HandlerError("Broken", "not yet")
        return self.answer


def over(**processor: Any) -> dict[str, Any]:
    return {
        "Type": "Map", "Items": "{% $states.input %}", "MaxConcurrency": 1, "End": True,
        "ItemProcessor": {"StartAt": next(iter(processor)), "States": processor},
    }  # fmt: skip


async def test_a_redrive_runs_the_failed_state_again_and_keeps_what_was_done(lab: Any) -> None:
    flaky = lab.handlers["b"] = Flaky()
    failed = await lab.run(
        {
            "A": task("a", Assign={"seen": "{% $states.result.Payload %}"}, Next="B"),
            "B": task("b", Next="C"),
            "C": {"Type": "Pass", "Output": "{% [$states.input, $seen] %}", "End": True},
        },
        {"n": 1},
    )
    assert failed.status == "FAILED"
    flaky.broken = False
    lab.engine.redrive(failed.id)
    ended = await lab.engine.wait(failed.id)
    assert (ended.status, ended.output) == ("SUCCEEDED", ["done", {"n": 1}])
    assert [name for name, _ in lab.calls] == ["a", "b", "b"]
    assert (ended.redrives, ended.error, ended.input) == (1, None, {"n": 1})
    types = lab.types(ended)
    assert types.count("ExecutionStarted") == types.count("ExecutionRedriven") == 1
    after = types[types.index("ExecutionRedriven") + 1 :]
    assert after[:2] == ["TaskScheduled", "TaskStarted"]
    ids = [event.id for event in lab.engine.history(ended.id)]
    assert ids == list(range(1, len(ids) + 1))


async def test_a_redrive_survives_a_restart_before_and_after_it(lab: Any) -> None:
    flaky = lab.handlers["b"] = Flaky()
    states = {"A": task("a", Next="B"), "B": task("b", Next="W"),
              "W": {"Type": "Wait", "Seconds": 60, "End": True}}  # fmt: skip
    failed = await lab.run(states)
    await lab.restart()
    flaky.broken = False
    lab.engine.redrive(failed.id)
    await lab.restart()
    ended = await lab.engine.wait(failed.id)
    assert (ended.status, ended.redrives) == ("SUCCEEDED", 1)


async def test_retries_count_from_nothing_again(lab: Any) -> None:
    lab.handlers["a"] = Flaky()
    retry = [{"ErrorEquals": ["Broken"], "MaxAttempts": 2, "IntervalSeconds": 1}]
    failed = await lab.run({"A": task("a", Retry=retry, End=True)})
    lab.engine.redrive(failed.id)
    again = await lab.engine.wait(failed.id)
    assert (again.status, again.redrives, len(lab.calls)) == ("FAILED", 1, 6)


async def test_only_the_iterations_that_failed_or_had_not_begun_run(lab: Any) -> None:
    flaky = Flaky()
    lab.handlers["f"] = lambda item: flaky(item) if item == 2 else item * 10
    flaky.answer = 20
    failed = await lab.run({"M": over(F=task("f", End=True))}, [1, 2, 3, 4])
    assert [p for _, p in lab.calls] == [1, 2]
    flaky.broken = False
    lab.engine.redrive(failed.id)
    ended = await lab.engine.wait(failed.id)
    assert (ended.status, ended.output) == ("SUCCEEDED", [10, 20, 30, 40])
    assert [p for _, p in lab.calls] == [1, 2, 2, 3, 4]


async def test_a_branch_goes_on_from_its_failed_state_with_its_variables(lab: Any) -> None:
    flaky = lab.handlers["bad"] = Flaky("mended")
    branch = {
        "StartAt": "First",
        "States": {
            "First": task("first", Assign={"own": "{% $states.result.Payload.n %}"}, Next="Bad"),
            "Bad": task("bad", Next="Last"),
            "Last": {"Type": "Pass", "Output": "{% [$own, $states.input] %}", "End": True},
        },
    }
    other = {"StartAt": "Ok", "States": {"Ok": task("ok", End=True)}}
    states = {"P": {"Type": "Parallel", "Branches": [other, branch], "End": True}}
    failed = await lab.run(states, {"n": 7})
    flaky.broken = False
    lab.engine.redrive(failed.id)
    ended = await lab.engine.wait(failed.id)
    assert (ended.status, ended.output) == ("SUCCEEDED", [{"n": 7}, [7, "mended"]])
    assert sorted(name for name, _ in lab.calls) == ["bad", "bad", "first", "ok"]


async def test_a_map_inside_a_map_goes_on_from_the_innermost_failure(lab: Any) -> None:
    flaky = Flaky()
    flaky.answer = 4
    lab.handlers["f"] = lambda item: flaky(item) if item == 4 else item
    inner = over(F=task("f", End=True))
    failed = await lab.run({"M": over(N=inner)}, [[1, 2], [3, 4], [5]])
    flaky.broken = False
    lab.engine.redrive(failed.id)
    ended = await lab.engine.wait(failed.id)
    assert (ended.status, ended.output) == ("SUCCEEDED", [[1, 2], [3, 4], [5]])
    assert [p for _, p in lab.calls] == [1, 2, 3, 4, 4, 5]


async def test_a_state_that_failed_by_its_own_doing_runs_again_as_a_whole(lab: Any) -> None:
    states = {"M": {**over(F=task("f", End=True)), "Output": "{% $missing %}"}}
    failed = await lab.run(states, [1, 2])
    lab.engine.redrive(failed.id)
    again = await lab.engine.wait(failed.id)
    assert (again.status, again.error) == ("FAILED", "States.QueryEvaluationError")
    assert [p for _, p in lab.calls] == [1, 2, 1, 2]


async def test_nothing_starts_after_a_stop_and_a_redrive_goes_on_from_it(still_lab: Any) -> None:
    lab = still_lab
    waiting = {"Type": "Wait", "Seconds": 100, "Next": "Then"}
    states = {"M": over(W=waiting, Then=task("then", End=True))}
    execution = lab.start(states, [1, 2])
    lab.engine.stop(execution, "Why", "because")
    before = lab.types(lab.engine.describe(execution))
    lab.clock.advance(1_000)
    await lab.restart()
    assert lab.types(lab.engine.describe(execution)) == before
    assert before[-1] == "ExecutionAborted"
    assert lab.calls == []
    lab.engine.redrive(execution)
    await lab.restart()
    while (ended := lab.engine.describe(execution)).status == "RUNNING":
        lab.clock.advance(50)
        await asyncio.sleep(0)
    assert (ended.status, [p for _, p in lab.calls]) == ("SUCCEEDED", [1, 2])


async def test_an_execution_that_timed_out_has_all_its_time_again(lab: Any) -> None:
    failed = await lab.run(
        {"A": task("a", Next="W"), "W": {"Type": "Wait", "Seconds": 90, "End": True}},
        TimeoutSeconds=60,
    )
    assert failed.status == "TIMED_OUT"
    lab.engine.redrive(failed.id)
    again = await lab.engine.wait(failed.id)
    assert (again.status, again.redrives, len(lab.calls)) == ("TIMED_OUT", 2 - 1, 1)


async def test_the_definition_of_the_first_start_stays(lab: Any) -> None:
    flaky = lab.handlers["a"] = Flaky("old")
    failed = await lab.run({"A": task("a", End=True)})
    other = {"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Succeed"}}}
    lab.engine.machines.update(failed.machine, other)
    flaky.broken = False
    lab.engine.redrive(failed.id)
    assert (await lab.engine.wait(failed.id)).output == "old"
    fresh = lab.engine.start(failed.machine, "fresh", "new")
    assert (await lab.engine.wait(fresh)).output == "new"


async def test_what_cannot_be_redriven_says_why(lab: Any) -> None:
    done = await lab.run({"A": {"Type": "Succeed"}})
    with pytest.raises(NotRedrivable, match="SUCCEEDED"):
        lab.engine.redrive(done.id)
    failed = await lab.run({"F": {"Type": "Fail"}})
    assert lab.engine.redrivable(failed.id) is None
    lab.clock.advance(15 * DAY)
    with pytest.raises(NotRedrivable, match="redrivable period"):
        lab.engine.redrive(failed.id)
    machine = {"QueryLanguage": "JSONata", "StartAt": "F", "States": {"F": {"Type": "Fail"}}}
    lab.engine.create_machine("quick", machine, "EXPRESS")
    express = await lab.engine.wait(lab.engine.start("quick", "r", {}))
    with pytest.raises(NotRedrivable, match="EXPRESS"):
        lab.engine.redrive(express.id)
    lab.handlers["slow"] = lambda _: lab.clock.sleep(10)
    running = lab.start({"A": task("slow", End=True)})
    with pytest.raises(NotRedrivable, match="RUNNING"):
        lab.engine.redrive(running)
