"""What each state type does, above all where other local engines go wrong."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from weft.engine.errors import HandlerError

END = {"End": True}


def task(function: str = "runner:net", **fields: Any) -> dict[str, Any]:
    """A Task state that calls a function with the state's input."""
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    return {"Type": "Task", "Resource": "lambda:invoke", "Arguments": arguments, **fields}


def one_pass(**fields: Any) -> dict[str, Any]:
    """A block of one Pass state."""
    return {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True, **fields}}}


def fails(error: str, message: str = "") -> Any:
    """A handler that raises."""

    def handler(payload: Any) -> Any:
        raise HandlerError(error, message)

    return handler


async def test_assign_uses_the_values_at_state_entry(lab: Any) -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1, "y": 10}, "Next": "B"},
        "B": {
            "Type": "Pass",
            "Assign": {"x": "{% $y %}", "y": "{% $x %}"},
            "Output": "{% $x %}",
            "Next": "C",
        },
        "C": {"Type": "Pass", "Output": "{% [$states.input, $x, $y] %}", "End": True},
    }
    assert (await lab.run(states)).output == [1, 10, 1]


async def test_a_choice_rule_brings_its_own_output_and_assign(lab: Any) -> None:
    rule = {
        "Condition": "{% $states.input.n > 1 %}",
        "Next": "Big",
        "Assign": {"size": "big"},
        "Output": "{% $states.input.n %}",
    }
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "Small", "Output": "default"},
        "Big": {"Type": "Pass", "Output": "{% [$size, $states.input] %}", "End": True},
        "Small": {"Type": "Succeed"},
    }
    assert (await lab.run(states, {"n": 2})).output == ["big", 2]
    assert (await lab.run(states, {"n": 1})).output == "default"


async def test_no_matching_rule_fails_with_its_own_error(lab: Any) -> None:
    states = {
        "C": {"Type": "Choice", "Choices": [{"Condition": False, "Next": "S"}]},
        "S": {"Type": "Succeed"},
    }
    assert (await lab.run(states)).error == "States.NoChoiceMatched"


async def test_succeed_has_an_output(lab: Any) -> None:
    states = {"S": {"Type": "Succeed", "Output": "{% $states.input.a & '!' %}"}}
    assert (await lab.run(states, {"a": "yes"})).output == "yes!"


async def test_waiting_for_a_timestamp_keeps_milliseconds(still_lab: Any) -> None:
    lab = still_lab
    due = "{% $fromMillis($toMillis($states.context.State.EnteredTime) + 1750) %}"
    execution = lab.start({"W": {"Type": "Wait", "Timestamp": due, "End": True}})
    await asyncio.sleep(0)
    lab.clock.advance(1.7)
    await asyncio.sleep(0.01)
    assert lab.engine.describe(execution).status == "RUNNING"
    lab.clock.advance(0.051)
    assert (await lab.engine.wait(execution)).status == "SUCCEEDED"


async def test_parallel_has_arguments_output_and_assign(lab: Any) -> None:
    other = {"StartAt": "Q", "States": {"Q": {"Type": "Pass", "End": True}}}
    states = {
        "Both": {
            "Type": "Parallel",
            "Arguments": {"n": "{% $states.input.a + 1 %}"},
            "Branches": [one_pass(Output="{% $states.input.n %}"), other],
            "Output": "{% $states.result[0] %}",
            "Assign": {"all": "{% $states.result %}"},
            "Next": "Z",
        },
        "Z": {"Type": "Pass", "Output": ["{% $states.input %}", "{% $all %}"], "End": True},
    }
    assert (await lab.run(states, {"a": 1})).output == [2, [2, {"n": 2}]]


async def test_branches_do_not_see_each_others_variables(lab: Any) -> None:
    first = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"mine": 1}, "Next": "A2"},
            "A2": {"Type": "Pass", "Output": "{% [$mine, $outer] %}", "End": True},
        },
    }
    second = {
        "StartAt": "B",
        "States": {
            "B": {"Type": "Wait", "Seconds": 1, "Next": "B2"},
            "B2": {"Type": "Pass", "Output": "{% $exists($mine) %}", "End": True},
        },
    }
    states = {
        "S": {"Type": "Pass", "Assign": {"outer": 7}, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [first, second], "Next": "Z"},
        "Z": {
            "Type": "Pass",
            "Output": {"r": "{% $states.input %}", "leaked": "{% $exists($mine) %}"},
            "End": True,
        },
    }
    assert (await lab.run(states)).output == {"r": [[1, 7], False], "leaked": False}


async def test_a_failing_branch_stops_the_others(lab: Any) -> None:
    begun = lab.clock.now()
    slow = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 600, "Next": "T"},
            "T": task("never", End=True),
        },
    }
    failing = {
        "StartAt": "W1",
        "States": {
            "W1": {"Type": "Wait", "Seconds": 1, "Next": "F"},
            "F": {"Type": "Fail", "Error": "Oops", "Cause": "because"},
        },
    }
    ended = await lab.run({"P": {"Type": "Parallel", "Branches": [slow, failing], **END}})
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "Oops", "because")
    assert lab.clock.now() - begun < 2
    assert lab.calls == []
    assert "WaitStateAborted" in lab.types(ended)


async def test_map_selects_items_and_limits_concurrency(lab: Any) -> None:
    running = most = 0

    async def handler(payload: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await lab.clock.sleep(1)
        running -= 1
        return payload["v"] * payload["times"] + payload["i"]

    lab.handlers["f"] = handler
    states = {
        "M": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "MaxConcurrency": "{% $states.input.most %}",
            "ItemSelector": {
                "v": "{% $states.context.Map.Item.Value %}",
                "i": "{% $states.context.Map.Item.Index %}",
                "times": "{% $states.input.times %}",
            },
            "ItemProcessor": {
                "StartAt": "T",
                "States": {"T": task("f", Output="{% $states.result.Payload %}", **END)},
            },
            "Output": "{% $sum($states.result) %}",
            "Assign": {"count": "{% $count($states.result) %}"},
            "Next": "Z",
        },
        "Z": {"Type": "Pass", "Output": "{% [$states.input, $count] %}", "End": True},
    }
    ended = await lab.run(states, {"items": [1, 2, 3, 4, 5], "most": 2, "times": 10})
    assert ended.output == [160, 5]
    assert most == 2


async def test_a_distributed_map_does_not_see_outer_variables(lab: Any) -> None:
    states = {
        "S": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "M"},
        "M": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                **one_pass(Output="{% [$exists($outer), $states.input] %}"),
            },
            "End": True,
        },
    }
    assert (await lab.run(states)).output == [[False, 1], [False, 2]]


async def test_items_are_batched(lab: Any) -> None:
    states = {
        "M": {
            "Type": "Map",
            "Items": "{% [1..5] %}",
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"k": "{% 'v' %}"}},
            "ItemProcessor": one_pass(),
            "End": True,
        }
    }
    assert (await lab.run(states)).output == [
        {"BatchInput": {"k": "v"}, "Items": [1, 2]},
        {"BatchInput": {"k": "v"}, "Items": [3, 4]},
        {"BatchInput": {"k": "v"}, "Items": [5]},
    ]


@pytest.mark.parametrize(("tolerated", "status"), [(1, "SUCCEEDED"), (0, "FAILED")])
async def test_a_map_bears_as_many_failures_as_it_is_told(
    lab: Any, tolerated: int, status: str
) -> None:
    processor = {
        "StartAt": "C",
        "States": {
            "C": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "F"}],
                "Default": "S",
            },
            "F": {"Type": "Fail", "Error": "Bad"},
            "S": {"Type": "Succeed"},
        },
    }
    state = {"Type": "Map", "Items": [1, 2, 3], "ToleratedFailureCount": tolerated}
    ended = await lab.run({"M": {**state, "ItemProcessor": processor, "End": True}})
    assert ended.status == status
    if tolerated == 0:
        assert ended.error == "States.ExceedToleratedFailureThreshold"
    else:
        assert ended.output == [1, 3]


async def test_an_error_reaches_catch_by_its_class_name(lab: Any) -> None:
    lab.handlers["runner:net"] = fails("TransientStepError", "try later")
    catch = {
        "ErrorEquals": ["TransientStepError"],
        "Next": "Z",
        "Output": "{% $states.errorOutput %}",
        "Assign": {"why": "{% $parse($states.errorOutput.Cause).errorMessage %}"},
    }
    states = {
        "T": task(Catch=[catch], End=True),
        "Z": {"Type": "Pass", "Output": "{% [$states.input.Error, $why] %}", "End": True},
    }
    assert (await lab.run(states)).output == ["TransientStepError", "try later"]


async def test_retries_wait_longer_each_time_up_to_a_limit(lab: Any) -> None:
    times: list[float] = []

    def handler(payload: Any) -> Any:
        times.append(lab.clock.now())
        raise HandlerError("Busy", "")

    lab.handlers["runner:net"] = handler
    retry = {
        "ErrorEquals": ["Busy"],
        "IntervalSeconds": 10,
        "BackoffRate": 3,
        "MaxAttempts": 4,
        "MaxDelaySeconds": 100,
    }
    ended = await lab.run({"T": task(Retry=[retry], End=True)})
    assert ended.error == "Busy"
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps == pytest.approx([10, 30, 90, 100])


async def test_full_jitter_never_waits_longer_than_the_interval(lab: Any) -> None:
    times: list[float] = []

    def handler(payload: Any) -> Any:
        times.append(lab.clock.now())
        raise HandlerError("Busy", "")

    lab.handlers["runner:net"] = handler
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 10,
        "MaxAttempts": 5,
        "BackoffRate": 1,
        "JitterStrategy": "FULL",
    }
    await lab.run({"T": task(Retry=[retry], End=True)})
    gaps = [b - a for a, b in pairwise(times)]
    assert all(0 <= g <= 10 for g in gaps)
    assert len(set(gaps)) > 1


async def test_a_slow_function_times_out_by_an_expression(lab: Any) -> None:
    async def handler(payload: Any) -> Any:
        await lab.clock.sleep(60)

    lab.handlers["runner:net"] = handler
    ended = await lab.run({"T": task(TimeoutSeconds="{% 2 + 3 %}", End=True)})
    assert (ended.error, lab.types(ended)[-2]) == ("States.Timeout", "TaskTimedOut")


async def test_a_machine_times_out(lab: Any) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 50, "End": True}}
    ended = await lab.run(states, TimeoutSeconds=10)
    assert (ended.status, lab.types(ended)[-1]) == ("TIMED_OUT", "ExecutionTimedOut")


async def test_values_over_256_kib_are_refused_and_can_be_caught(lab: Any) -> None:
    lab.handlers["runner:net"] = lambda p: "x" * 263_000
    catch = {"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Z"}
    states = {"T": task(Catch=[catch], End=True), "Z": {"Type": "Succeed"}}
    ended = await lab.run(states)
    assert ended.output["Error"] == "States.DataLimitExceeded"
    doubled = {"P": {"Type": "Pass", "Output": "{% [$states.input, $states.input] %}", **END}}
    assert (await lab.run(doubled, "x" * 200_000)).error == "States.DataLimitExceeded"


async def test_variables_over_their_limit_are_refused(lab: Any) -> None:
    big = "{% $join([1..60000].('12345')) %}"
    states = {"P": {"Type": "Pass", "Assign": {"big": big}, "Output": 1, "End": True}}
    assert (await lab.run(states)).error == "States.DataLimitExceeded"


async def test_a_failed_expression_in_a_task_can_be_caught(lab: Any) -> None:
    bad = {"FunctionName": "f", "Payload": "{% $nothing %}"}
    state = {"Type": "Task", "Resource": "lambda:invoke", "Arguments": bad, "End": True}
    catch = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Z"}
    ended = await lab.run({"T": {**state, "Catch": [catch]}, "Z": {"Type": "Succeed"}})
    assert ended.status == "SUCCEEDED"
    assert "'Arguments/Payload' returned nothing (undefined)" in ended.output["Cause"]


async def test_an_endless_loop_ends_at_the_event_limit(lab: Any) -> None:
    states = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Condition": True, "Next": "A"}], "Default": "Z"},
        "Z": {"Type": "Succeed"},
    }
    ended = await lab.run(states)
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert len(lab.engine.history(ended.id)) <= 25_000


async def test_stopping_ends_everything_at_once(lab: Any) -> None:
    async def handler(payload: Any) -> Any:
        await asyncio.sleep(0.01)
        return payload

    lab.handlers["f"] = handler
    loop = {
        "StartAt": "T",
        "States": {"T": task("f", Next="T2"), "T2": task("f", End=True)},
    }
    execution = lab.start({"P": {"Type": "Parallel", "Branches": [loop], "End": True}})
    await asyncio.sleep(0)
    lab.engine.stop(execution, "Stopped", "by hand")
    ended = await lab.engine.wait(execution)
    assert (ended.status, ended.error, ended.cause) == ("ABORTED", "Stopped", "by hand")
    await asyncio.sleep(0.03)
    assert len(lab.calls) <= 1
    assert lab.types(ended)[-1] == "ExecutionAborted"


async def test_a_nested_run_gives_its_output(lab: Any) -> None:
    inner = {
        "QueryLanguage": "JSONata",
        "StartAt": "W",
        "States": {"W": {"Type": "Wait", "Seconds": 5, "Output": "{% $states.input.a %}", **END}},
    }
    lab.engine.create_machine("inner", inner)
    state = {
        "Type": "Task",
        "Resource": "states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": "inner", "Input": {"a": {"b": 1}}},
        "Output": "{% $states.result.Output %}",
        "End": True,
    }
    assert (await lab.run({"T": state})).output == {"b": 1}
