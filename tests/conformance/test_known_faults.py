"""What other local engines get wrong in the language: data, scopes, errors, service calls.

All over a real socket by boto3; time, tokens and the API itself are in the file beside.
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.step_functions_caller import END, Caller, block, invoke, passes

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}


def test_variables_outputs_choices_and_waits(caller: Caller) -> None:
    rule = {"Condition": "{% $n > 1 %}", "Assign": {"n": "{% $n * 10 %}"}, "Next": "W"}
    states = {
        "P": passes(
            {"a": "{% $states.input.a %}"}, Assign={"n": "{% $states.input.a %}"}, Next="C"
        ),
        "C": {"Type": "Choice", "Choices": [rule], "Default": "Z"},
        "W": {"Type": "Wait", "Seconds": 1, "Next": "Z"},
        "Z": passes("{% $n %}"),
    }
    assert [caller.output(states, {"a": a}) for a in (1, 2)] == [1, 20]


def test_a_wait_until_a_timestamp_keeps_milliseconds(caller: Caller) -> None:
    until = datetime.now(UTC) + timedelta(seconds=1)
    moment = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    execution = caller.start({"W": {"Type": "Wait", "Timestamp": moment, **END}})
    caller.end(execution)
    [left] = [e for e in caller.history(execution) if e["type"] == "WaitStateExited"]
    assert left["timestamp"] >= datetime.fromisoformat(moment.replace("Z", "+00:00"))


def test_succeed_has_an_output(caller: Caller) -> None:
    done = {"Type": "Succeed", "Output": "{% $states.input.a + 1 %}"}
    assert caller.output({"S": done}, {"a": 1}) == 2


def test_parallel_has_arguments_output_and_assign(caller: Caller) -> None:
    one = block({"A": passes("{% $states.input %}")})
    two = block({"B": passes("{% $states.input * 2 %}")})
    states = {
        "P": {"Type": "Parallel", "Arguments": "{% $states.input.a %}", "Branches": [one, two],
              "Assign": {"all": "{% $states.result %}"}, "Output": "{% $sum($states.result) %}",
              "Next": "Z"},
        "Z": passes("{% [$states.input, $all] %}"),
    }  # fmt: skip
    assert caller.output(states, {"a": 3}) == [9, 3, 6]


def test_a_branch_does_not_see_its_siblings_variables(caller: Caller) -> None:
    sets = block({"A": passes(0, Assign={"mine": 1})})
    looks = block({
        "W": {"Type": "Wait", "Seconds": 1, "Next": "B"},
        "B": passes("{% $exists($mine) %}"),
    })  # fmt: skip
    assert caller.output({"P": {"Type": "Parallel", "Branches": [sets, looks], **END}}) == [
        0,
        False,
    ]


def test_a_failing_branch_stops_the_others(caller: Caller) -> None:
    fails = block({"F": {"Type": "Fail", "Error": "Mine"}})
    waits = block({"W": {"Type": "Wait", "Seconds": 99_999, **END}})
    execution = caller.start({"P": {"Type": "Parallel", "Branches": [waits, fails], **END}})
    assert caller.end(execution)["error"] == "Mine"
    types = [e["type"] for e in caller.history(execution)]
    assert "WaitStateAborted" in types
    assert "WaitStateExited" not in types


def test_an_inline_map_selects_items_and_assigns(caller: Caller) -> None:
    states = {
        "M": {"Type": "Map", "Items": "{% $states.input.list %}", "MaxConcurrency": 1,
              "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}",
                               "i": "{% $states.context.Map.Item.Index %}"},
              "ItemProcessor": block({"A": passes("{% $states.input.v * $states.input.i %}")}),
              "Output": {"all": "{% $states.result %}"},
              "Assign": {"n": "{% $count($states.result) %}"}, "Next": "Z"},
        "Z": passes("{% [$n, $states.input.all] %}"),
    }  # fmt: skip
    assert caller.output(states, {"list": [5, 6, 7]}) == [3, 0, 6, 14]


def test_a_distributed_map_speaks_jsonata_too(caller: Caller) -> None:
    states = {
        "M": {"Type": "Map", "Items": "{% [1..3] %}",
              "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
              "ItemProcessor": block({"A": passes("{% $states.input.v * 2 %}")}, **DISTRIBUTED),
              "Output": "{% $sum($states.result) %}", **END}
    }  # fmt: skip
    assert caller.output(states) == 12


def test_items_come_in_batches(caller: Caller) -> None:
    states = {
        "M": {"Type": "Map", "Items": "{% [1..5] %}",
              "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"k": "v"}},
              "ItemProcessor": block({"A": passes("{% $states.input %}")}, **DISTRIBUTED), **END}
    }  # fmt: skip
    batches = [{"BatchInput": {"k": "v"}, "Items": items} for items in ([1, 2], [3, 4], [5])]
    assert caller.output(states) == batches


def test_an_object_is_put_and_its_items_are_read(caller: Caller) -> None:
    place = {"Bucket": "{% $states.input.bucket %}", "Key": "{% $states.input.key %}"}
    put = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
           "Arguments": {**place, "Body": [1, {"a": 2}]},
           "Output": "{% $states.input %}", "Next": "M"}  # fmt: skip
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Arguments": place,
              "ReaderConfig": {"InputType": "JSON"}}  # fmt: skip
    each = block({"A": passes("{% $states.input %}")}, **DISTRIBUTED)
    reads = {"Type": "Map", "ItemReader": reader, "ItemProcessor": each, **END}
    given = {"bucket": "of-the-input", "key": "a/b.json"}
    assert caller.output({"P": put, "M": reads}, given) == [1, {"a": 2}]


def test_a_functions_error_is_caught_by_its_class_name(caller: Caller) -> None:
    catch = [{"ErrorEquals": ["Custom"], "Output": "{% $states.errorOutput %}", "Next": "Z"}]
    states = {"T": invoke("fails", {}, Catch=catch, Next="Z"), "Z": passes("{% $states.input %}")}
    caught = caller.output(states)
    cause = json.loads(caught["Cause"])
    assert (caught["Error"], cause["errorType"]) == ("Custom", "Custom")
    assert cause["errorMessage"] == "as asked"


def test_a_retry_of_that_error_waits_longer_each_time(caller: Caller) -> None:
    retry = [{"ErrorEquals": ["Custom"], "IntervalSeconds": 1, "BackoffRate": 2}]
    payload = {"id": str(uuid.uuid4()), "times": 2}
    execution = caller.start({"T": invoke("flaky", payload, Retry=retry)})
    assert json.loads(caller.end(execution)["output"])["Payload"] == 3
    at: dict[str, list[datetime]] = {}
    for event in caller.history(execution):
        at.setdefault(event["type"], []).append(event["timestamp"])
    again = at["TaskScheduled"][1:]
    delays = [b - a for a, b in zip(at["TaskFailed"], again, strict=True)]
    assert delays[0] >= timedelta(seconds=1)
    assert delays[1] >= timedelta(seconds=2)


def test_a_retry_waits_no_longer_than_its_longest_delay(caller: Caller) -> None:
    retry = [{"ErrorEquals": ["Custom"], "IntervalSeconds": 1, "BackoffRate": 1_000,
              "MaxDelaySeconds": 2, "JitterStrategy": "FULL"}]  # fmt: skip
    payload = {"id": str(uuid.uuid4()), "times": 2}
    done = caller.run({"T": invoke("flaky", payload, Retry=retry)}, TimeoutSeconds=60)
    assert done["status"] == "SUCCEEDED", done


def test_a_value_over_256_kib_is_refused(caller: Caller) -> None:
    large: Any = "{% $join([1..60000].('123456')) %}"
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Z"}]
    assert caller.run({"P": passes(large)})["error"] == "States.DataLimitExceeded"
    states = {"T": invoke("echo", large, Catch=catch, Next="Z"), "Z": passes("caught")}
    assert caller.output(states) == "caught"


def test_a_nested_run_takes_its_arguments_from_expressions(caller: Caller) -> None:
    child = caller.create({"A": passes("{% $states.input.n + 1 %}")})
    arguments = {"StateMachineArn": child, "Input": {"n": "{% $states.input.n %}"}}
    nested = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Arguments": arguments, "Output": "{% $states.result.Output %}", **END}  # fmt: skip
    assert caller.output({"N": nested}, {"n": 1}) == 2
