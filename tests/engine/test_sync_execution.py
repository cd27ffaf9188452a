"""`aws-sdk:sfn:startSyncExecution`: what comes of an Express execution that is waited for."""

import asyncio
import json
from typing import Any

import pytest

from weft.engine.errors import DefinitionInvalid, HandlerError

END = {"End": True}
CALL = {
    "Type": "Task",
    "Resource": "lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
    "Output": "{% $states.result.Payload %}",
    **END,
}


def machine(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def waiting(**more: Any) -> dict[str, Any]:
    arguments = {"StateMachineArn": "inner", "Name": "given", "Input": {"a": [1, 2]}}
    return {
        "Type": "Task", "Resource": "aws-sdk:sfn:startSyncExecution", "Arguments": arguments,
        "Output": "{% $states.result %}", **END, **more,
    }  # fmt: skip


def inner(lab: Any, **states: Any) -> None:
    lab.engine.create_machine("inner", machine(**states), "EXPRESS")


async def test_its_output_comes_back_as_a_text(lab: Any) -> None:
    inner(lab, C=CALL)
    ended = await lab.run({"T": waiting()})
    assert ended.status == "SUCCEEDED"
    answer: Any = ended.output
    assert (answer["Status"], json.loads(answer["Output"])) == ("SUCCEEDED", {"a": [1, 2]})
    assert answer["Name"].startswith("given.")


async def test_its_failure_is_an_answer_and_no_error(lab: Any) -> None:
    inner(lab, C=CALL)

    def fail(payload: Any) -> Any:
        raise HandlerError("Broken", "for good")

    lab.handlers["f"] = fail
    answer: Any = (await lab.run({"T": waiting()})).output
    assert (answer["Status"], answer["Error"]) == ("FAILED", "Broken")
    assert "for good" in answer["Cause"] and "Output" not in answer


async def test_it_may_take_five_minutes(lab: Any) -> None:
    inner(lab, W={"Type": "Wait", "Seconds": 301, **END})
    answer: Any = (await lab.run({"T": waiting()})).output
    assert (answer["Status"], answer["Error"]) == ("TIMED_OUT", "States.Timeout")


async def test_the_same_name_may_be_given_twice(lab: Any) -> None:
    inner(lab, C=CALL)
    fork = {"Type": "Parallel", "Branches": [machine(T=waiting()), machine(U=waiting())], **END}
    answers: Any = (await lab.run({"P": fork})).output
    assert answers[0]["ExecutionArn"] != answers[1]["ExecutionArn"]


@pytest.mark.parametrize(
    ("name", "error"),
    [("standard", "StateMachineTypeNotSupported"), ("none", "StateMachineDoesNotExist")],
)
async def test_only_an_express_machine_can_be_started(lab: Any, name: str, error: str) -> None:
    lab.engine.create_machine("standard", machine(C=CALL))
    state = waiting()
    state["Arguments"] = {**state["Arguments"], "StateMachineArn": name}
    assert (await lab.run({"T": state})).error == f"Sfn.{error}Exception"


async def test_an_express_machine_waits_for_no_run_and_no_token(lab: Any) -> None:
    for resource in ("states:startExecution.sync:2", "lambda:invoke.waitForTaskToken"):
        with pytest.raises(DefinitionInvalid):
            inner(lab, T={**waiting(), "Resource": resource})


@pytest.mark.parametrize("how", ["stopped", "timed out", "a sibling failed"])
async def test_nobody_waits_then_it_stops(still_lab: Any, how: str) -> None:
    lab = still_lab
    inner(lab, W={"Type": "Wait", "Seconds": 100, **END})
    limit = {"TimeoutSeconds": 10} if how == "timed out" else {}
    branches = [machine(T=waiting(**limit)), machine(W={"Type": "Wait", "Seconds": 20, "Next": "F"},
                                                     F={"Type": "Fail"})]  # fmt: skip
    run = lab.start({"P": {"Type": "Parallel", "Branches": branches, **END}})
    for _ in range(20):
        await asyncio.sleep(0)
    if how == "stopped":
        lab.engine.stop(run, "Stopped", "by hand")
    lab.clock.advance(30.0)
    await lab.engine.wait(run)
    [child] = lab.engine.list_executions(machine="inner")
    assert (await lab.engine.wait(child)).status == "ABORTED"
    told = lab.engine.histories([run, child])
    assert [event.type for name, event in told if name == child][-1] == "ExecutionAborted"


async def test_a_restart_goes_on_inside_it(still_lab: Any) -> None:
    lab = still_lab
    first = {key: value for key, value in CALL.items() if key != "End"}
    inner(lab, C={**first, "Next": "W"}, W={"Type": "Wait", "Seconds": 50, **END})
    run = lab.start({"T": waiting()})
    for _ in range(50):
        await asyncio.sleep(0)
    await lab.restart()
    lab.clock.advance(60.0)
    ended = await lab.engine.wait(run)
    assert ended.status == "SUCCEEDED" and ended.output["Status"] == "SUCCEEDED"
    assert len(lab.calls) == 1  # what was done before the restart is not done again
    assert len(lab.engine.list_executions(machine="inner")) == 1
