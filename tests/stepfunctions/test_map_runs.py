"""Map Runs over a real socket: what is told of them and of their children, and their limits."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.step_functions_caller import END, INVOKE, Caller, block, invoke, passes

DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
TOKEN = f"{INVOKE}.waitForTaskToken"
STATES = ("pending", "running", "succeeded", "failed", "aborted", "total")


@pytest.fixture
def caller(sfn: Any) -> Caller:
    return Caller(sfn)


def map_run(states: dict[str, Any], items: Any, **fields: Any) -> dict[str, Any]:
    """A distributed Map over states."""
    processor = block(states, **DISTRIBUTED)
    return {"Type": "Map", "Items": items, "ItemProcessor": processor, **END, **fields}


def waiting(items: Any, **fields: Any) -> dict[str, Any]:
    """Children that wait for a worker that never comes."""
    payload = {"token": "{% $states.context.Task.Token %}"}
    return map_run({"T": invoke("echo", payload, Resource=TOKEN)}, items, **fields)


def of(caller: Caller, execution: str) -> str:
    """ARN of the only Map Run of an execution."""
    [listed] = caller.sfn.list_map_runs(executionArn=execution)["mapRuns"]
    assert listed["executionArn"] == execution
    return str(listed["mapRunArn"])


def counts(caller: Caller, arn: str, what: str = "executionCounts") -> tuple[int, ...]:
    """How many children or items are in each of STATES."""
    told = caller.sfn.describe_map_run(mapRunArn=arn)[what]
    return tuple(told[name] for name in STATES)


def until(caller: Caller, arn: str, wanted: tuple[int, ...]) -> None:
    """Wait until so many children are in each of STATES."""
    end = time.monotonic() + 60
    while (found := counts(caller, arn)) != wanted:
        assert time.monotonic() < end, found


def test_a_map_run_tells_of_its_children(caller: Caller) -> None:
    fails = {"Type": "Fail", "Error": "Mine", "Cause": "why"}
    rule = {"Condition": "{% $states.input < 0 %}", "Next": "F"}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "A"},
        "A": passes("{% $states.input * 2 %}"),
        "F": fails,
    }
    execution = caller.start(
        {"The map": map_run(states, [1, -1, 3], ToleratedFailureCount=1, MaxConcurrency=2)}
    )
    assert json.loads(caller.end(execution)["output"]) == [2, 6]
    arn = of(caller, execution)
    assert ":mapRun:" in arn
    started = next(e for e in caller.history(execution) if e["type"] == "MapRunStarted")
    assert started["mapRunStartedEventDetails"] == {"mapRunArn": arn}
    told = caller.sfn.describe_map_run(mapRunArn=arn)
    assert (told["status"], told["executionArn"]) == ("SUCCEEDED", execution)
    assert told["startDate"] <= told["stopDate"]
    limits = ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")
    assert [told[name] for name in limits] == [2, 1, 0.0]
    assert counts(caller, arn) == counts(caller, arn, "itemCounts") == (0, 0, 2, 1, 0, 3)

    pages = caller.sfn.get_paginator("list_executions")
    listed = [e for p in pages.paginate(mapRunArn=arn, PaginationConfig={"PageSize": 2})
              for e in p["executions"]]  # fmt: skip
    assert sorted(e["status"] for e in listed) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert all((e["mapRunArn"], e["itemCount"]) == (arn, 1) for e in listed)
    [failed] = caller.sfn.list_executions(mapRunArn=arn, statusFilter="FAILED")["executions"]
    child = caller.sfn.describe_execution(executionArn=failed["executionArn"])
    assert (child["input"], child["error"], child["cause"]) == ("-1", "Mine", "why")
    assert child["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert child["stateMachineArn"] == failed["stateMachineArn"]
    assert child["mapRunArn"] == arn
    runs = caller.sfn.describe_state_machine_for_execution(executionArn=failed["executionArn"])
    assert json.loads(runs["definition"])["States"].keys() == states.keys()
    assert (runs["mapRunArn"], runs["label"]) == (arn, "The-map")
    assert runs["stateMachineArn"] == failed["stateMachineArn"]
    events = caller.history(failed["executionArn"])
    assert [e["type"] for e in events] == [
        "ExecutionStarted", "ChoiceStateEntered", "ChoiceStateExited", "FailStateEntered",
        "ExecutionFailed",
    ]  # fmt: skip
    assert [e["id"] for e in events] == [1, 2, 3, 4, 5]
    assert [e["previousEventId"] for e in events] == [0, 0, 2, 3, 4]
    assert events[-1]["executionFailedEventDetails"] == {"error": "Mine", "cause": "why"}
    good = next(e for e in listed if e["status"] == "SUCCEEDED")
    child = caller.sfn.describe_execution(executionArn=good["executionArn"])
    assert json.loads(child["output"]) == 2 * json.loads(child["input"])


def test_items_of_batches_are_counted(caller: Caller) -> None:
    state = map_run({"A": passes(1)}, "{% [1..5] %}", ItemBatcher={"MaxItemsPerBatch": 2})
    execution = caller.start({"M": state})
    caller.end(execution)
    arn = of(caller, execution)
    assert counts(caller, arn) == (0, 0, 3, 0, 0, 3)
    assert counts(caller, arn, "itemCounts") == (0, 0, 5, 0, 0, 5)
    listed = caller.sfn.list_executions(mapRunArn=arn)["executions"]
    assert sorted(e["itemCount"] for e in listed) == [1, 2, 2]


def test_more_children_run_at_once_when_the_limit_is_raised(caller: Caller) -> None:
    execution = caller.start({"M": waiting([1, 2, 3], MaxConcurrency=1)})
    arn = of(caller, execution)
    until(caller, arn, (2, 1, 0, 0, 0, 3))
    caller.sfn.update_map_run(
        mapRunArn=arn, maxConcurrency=2, toleratedFailureCount=7, toleratedFailurePercentage=50
    )
    until(caller, arn, (1, 2, 0, 0, 0, 3))
    told = caller.sfn.describe_map_run(mapRunArn=arn)
    assert told["toleratedFailureCount"] == 7
    assert told["toleratedFailurePercentage"] == 50.0
    caller.sfn.stop_execution(executionArn=execution)
    assert caller.sfn.describe_map_run(mapRunArn=arn)["status"] == "ABORTED"
    assert counts(caller, arn) == (1, 0, 0, 0, 2, 3)
    with pytest.raises(ClientError, match="ValidationException"):
        caller.sfn.update_map_run(mapRunArn=arn, maxConcurrency=1)


def test_a_tolerance_that_is_raised_counts_for_later_failures(caller: Caller) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 2, "Next": "F"}, "F": {"Type": "Fail"}}
    execution = caller.start({"M": map_run(states, [1, 2])})
    caller.sfn.update_map_run(mapRunArn=of(caller, execution), toleratedFailurePercentage=100)
    assert json.loads(caller.end(execution)["output"]) == []


def test_a_redrive_goes_on_with_the_children_that_had_not_succeeded(caller: Caller) -> None:
    mark = str(uuid.uuid4())
    items = [{"id": f"{mark}-{n}", "broken": n == 1} for n in range(3)]
    rule = {"Condition": "{% $states.input.broken %}", "Next": "T"}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "A"},
        "A": passes("fine"),
        "T": invoke("once", mark, Output="{% $states.result.Payload %}"),
    }
    execution = caller.start({"M": map_run(states, items, MaxConcurrency=1)})
    assert caller.end(execution)["error"] == "States.ExceedToleratedFailureThreshold"
    arn = of(caller, execution)
    assert caller.sfn.describe_map_run(mapRunArn=arn)["status"] == "FAILED"
    assert counts(caller, arn) == (1, 0, 1, 1, 0, 3)
    caller.sfn.redrive_execution(executionArn=execution)
    assert json.loads(caller.end(execution)["output"]) == ["fine", "second", "fine"]
    told = caller.sfn.describe_map_run(mapRunArn=arn)
    assert (told["status"], told["redriveCount"]) == ("SUCCEEDED", 1)
    assert counts(caller, arn) == (0, 0, 3, 0, 0, 3)
    types = [e["type"] for e in caller.history(execution)]
    assert types[types.index("ExecutionRedriven") + 1] == "MapRunRedriven"
    [child] = caller.sfn.list_executions(mapRunArn=arn, redriveFilter="REDRIVEN")["executions"]
    assert (child["status"], child["redriveCount"]) == ("SUCCEEDED", 1)
    types = [e["type"] for e in caller.history(child["executionArn"])]
    assert types.count("ExecutionFailed") == types.count("ExecutionRedriven") == 1
    assert types[-1] == "ExecutionSucceeded"


def test_a_stopped_map_run_goes_on_after_a_redrive(caller: Caller, sfn: Any) -> None:
    activity = sfn.create_activity(name=f"a-{uuid.uuid4()}")["activityArn"]
    task = {"Type": "Task", "Resource": activity, **END}
    execution = caller.start({"M": map_run({"T": task}, [7])})
    sfn.get_activity_task(activityArn=activity)
    sfn.stop_execution(executionArn=execution)
    arn = of(caller, execution)
    assert counts(caller, arn) == (0, 0, 0, 0, 1, 1)
    sfn.redrive_execution(executionArn=execution)
    token = sfn.get_activity_task(activityArn=activity)["taskToken"]
    assert counts(caller, arn) == (0, 1, 0, 0, 0, 1)
    sfn.send_task_success(taskToken=token, output="8")
    assert json.loads(caller.end(execution)["output"]) == [8]
    [child] = sfn.list_executions(mapRunArn=arn)["executions"]
    assert (child["status"], child["redriveCount"]) == ("SUCCEEDED", 1)
    types = [e["type"] for e in caller.history(child["executionArn"])]
    assert types == [
        "ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted",
        "ExecutionAborted", "ExecutionRedriven", "ActivityScheduled", "ActivityStarted",
        "ActivitySucceeded", "TaskStateExited", "ExecutionSucceeded",
    ]  # fmt: skip


def test_a_map_run_whose_state_is_stopped_by_a_sibling_is_aborted(caller: Caller) -> None:
    fails = block({"W": {"Type": "Wait", "Seconds": 1, "Next": "F"}, "F": {"Type": "Fail"}})
    branches = [block({"M": waiting([1])}), fails]
    execution = caller.start({"P": {"Type": "Parallel", "Branches": branches, **END}})
    caller.end(execution)
    assert "MapRunAborted" in [e["type"] for e in caller.history(execution)]
    arn = of(caller, execution)
    assert caller.sfn.describe_map_run(mapRunArn=arn)["status"] == "ABORTED"
    assert counts(caller, arn) == (0, 0, 0, 0, 1, 1)


def test_each_map_run_of_a_loop_is_one_of_its_own(caller: Caller) -> None:
    again = {"Condition": "{% $n < 2 %}", "Assign": {"n": "{% $n + 1 %}"}, "Next": "M"}
    run = map_run({"A": passes(1)}, [1], Next="C") | {"End": False}
    del run["End"]
    execution = caller.start({
        "S": passes(0, Assign={"n": 1}, Next="M"),
        "M": run,
        "C": {"Type": "Choice", "Choices": [again], "Default": "Z"},
        "Z": {"Type": "Succeed"},
    })  # fmt: skip
    caller.end(execution)
    pages = caller.sfn.get_paginator("list_map_runs")
    listed = [r for p in pages.paginate(executionArn=execution, PaginationConfig={"PageSize": 1})
              for r in p["mapRuns"]]  # fmt: skip
    assert len({r["mapRunArn"] for r in listed}) == 2
    assert all(counts(caller, r["mapRunArn"]) == (0, 0, 1, 0, 0, 1) for r in listed)


def test_what_is_not_there_is_refused(caller: Caller) -> None:
    execution = caller.start({"M": map_run({"A": passes(1)}, [1])})
    caller.end(execution)
    arn = of(caller, execution)
    for other in (f"{arn}9", arn.replace("/M:", "/N:"), arn.replace("mapRun:m-", "mapRun:n-")):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            caller.sfn.describe_map_run(mapRunArn=other)
    for wrong in (execution, "arn:aws:states:us-east-1:000000000000:mapRun:m/M:1"):
        with pytest.raises(ClientError, match="InvalidArn"):
            caller.sfn.describe_map_run(mapRunArn=wrong)
    [child] = caller.sfn.list_executions(mapRunArn=arn)["executions"]
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        caller.sfn.describe_execution(executionArn=child["executionArn"] + "9")
    with pytest.raises(ClientError, match="ValidationException"):
        caller.sfn.list_executions()
    with pytest.raises(ClientError, match="ValidationException"):
        caller.sfn.update_map_run(mapRunArn=arn)
