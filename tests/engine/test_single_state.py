"""One state alone: what it comes to, with a mock or a function, and what is seen on the way."""

from typing import Any

import pytest

from weft.domain.errors import Invalid
from weft.engine.errors import HandlerError, StateFailure
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.test_state import Mock, Trial, Tried, test_state

test_state.__test__ = False  # type: ignore[attr-defined]
CALL = "arn:aws:states:::lambda:invoke"


async def tried(source: dict[str, Any], input: Any = None, **given: Any) -> Tried:
    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        if function == "bad":
            raise HandlerError("Custom", "no")
        return [function, payload]

    trial = Trial("S", source, {} if input is None else input, "JSONata", **given)
    return await test_state(trial, jsonata=FastJsonata(), invoke=invoke)


async def test_a_state_reads_its_variables_and_tells_where_it_leads() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $limit < $states.input.n %}", "Next": "Over"}],
        "Default": "Under",
    }
    over = await tried(choice, {"n": 5}, variables={"limit": 3})
    under = await tried(choice, {"n": 1}, variables={"limit": 3})
    assert (over.status, over.next, under.next) == ("SUCCEEDED", "Over", "Under")


async def test_a_task_calls_its_function_and_shows_what_it_sent() -> None:
    source = {
        "Type": "Task", "Resource": CALL, "End": True,
        "Arguments": {"FunctionName": "f", "Payload": "{% $states.input.a %}"},
        "Output": "{% $states.result.Payload %}",
    }  # fmt: skip
    found = await tried(source, {"a": 1})
    assert (found.status, found.output, found.next) == ("SUCCEEDED", ["f", 1], None)
    assert found.stages["afterArguments"] == {"FunctionName": "f", "Payload": 1}


async def test_a_failure_is_retried_caught_or_final() -> None:
    source = {
        "Type": "Task", "Resource": CALL, "Next": "N", "Arguments": {"FunctionName": "bad"},
        "Retry": [{"ErrorEquals": ["Custom"], "IntervalSeconds": 3, "MaxAttempts": 2}],
    }  # fmt: skip
    first = await tried(source)
    assert (first.status, first.error) == ("RETRIABLE", "Custom")
    second = await tried(source, retried=1)
    expected = {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}
    assert second.details["errorDetails"] == expected
    last = await tried(source, retried=2)
    assert (last.status, last.details["errorDetails"]) == ("FAILED", {"retryIndex": 0})
    catch = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}",
              "Next": "C"}]  # fmt: skip
    caught = await tried({**source, "Catch": catch}, retried=2)
    assert (caught.status, caught.output, caught.next) == ("CAUGHT_ERROR", "Custom", "C")


async def test_a_mock_stands_for_any_service_and_for_all_branches() -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:kms:encrypt", "End": True}
    found = await tried(call, mock=Mock({"CiphertextBlob": "x"}))
    assert (found.status, found.output) == ("SUCCEEDED", {"CiphertextBlob": "x"})
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    parallel = {"Type": "Parallel", "Branches": [branch, branch], "End": True,
                "Output": "{% $sum($states.result) %}"}  # fmt: skip
    assert (await tried(parallel, mock=Mock([1, 2]))).output == 3
    failed = await tried(parallel, mock=Mock(failure=StateFailure("E", "c", inner=True)))
    assert (failed.status, failed.error, failed.cause) == ("FAILED", "E", "c")


async def test_a_map_counts_the_iterations_that_are_said_to_have_failed() -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I",
                 "States": {"I": {"Type": "Pass", "End": True}}}  # fmt: skip
    source = {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor, "End": True,
              "ToleratedFailureCount": 1, "MaxConcurrency": 2}  # fmt: skip
    good = await tried(source, mock=Mock([1, 2]), failed_iterations=1)
    assert (good.status, good.details["maxConcurrency"]) == ("SUCCEEDED", 2)
    bad = await tried(source, mock=Mock([1]), failed_iterations=2)
    assert (bad.status, bad.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    with pytest.raises(Invalid):
        await tried(source, mock=Mock([]), failed_iterations=4)


async def test_a_wait_is_over_at_once_and_the_context_can_be_given() -> None:
    wait = {"Type": "Wait", "Seconds": 3600, "Next": "N",
            "Output": "{% $states.context.Execution.Name %}"}  # fmt: skip
    found = await tried(wait, context={"Execution": {"Name": "given"}})
    assert (found.status, found.output, found.next) == ("SUCCEEDED", "given", "N")


async def test_jsonpath_shows_every_stage() -> None:
    source = {
        "Type": "Task", "QueryLanguage": "JSONPath", "Resource": CALL, "End": True,
        "InputPath": "$.a", "Parameters": {"FunctionName": "f", "Payload.$": "$.b"},
        "ResultSelector": {"got.$": "$.Payload"}, "ResultPath": "$.r", "OutputPath": "$.r.got",
    }  # fmt: skip
    found = await tried(source, {"a": {"b": 1}})
    assert found.output == ["f", 1]
    assert found.stages["afterInputPath"] == {"b": 1}
    assert found.stages["afterParameters"] == {"FunctionName": "f", "Payload": 1}
    assert found.stages["afterResultSelector"] == {"got": ["f", 1]}
    assert found.stages["afterResultPath"] == {"a": {"b": 1}, "r": {"got": ["f", 1]}}


async def test_what_nobody_can_answer_needs_a_mock() -> None:
    for resource in ("arn:aws:states:::sns:publish", f"{CALL}.waitForTaskToken"):
        source = {"Type": "Task", "Resource": resource, "End": True,
                  "Arguments": {"FunctionName": "f"}}  # fmt: skip
        with pytest.raises(Invalid, match="mock"):
            await tried(source)
