"""Activities over a real socket: workers ask for tasks and answer them."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.support.state_machine_server import StateMachineServer
from tests.support.step_functions_caller import END, Caller, passes


def task(activity: str, **fields: Any) -> dict[str, Any]:
    """A last state that an activity's worker answers."""
    return {"Type": "Task", "Resource": activity, **({} if "Next" in fields else END), **fields}


@pytest.fixture
def caller(sfn: Any) -> Caller:
    return Caller(sfn)


@pytest.fixture
def activity(sfn: Any) -> str:
    return str(sfn.create_activity(name=f"a-{uuid.uuid4()}")["activityArn"])


def details(caller: Caller, execution: str) -> dict[str, Any]:
    """The details of the events that begin with Activity, by type."""
    found = {}
    for event in caller.history(execution):
        if event["type"].startswith("Activity"):
            key = event["type"][0].lower() + event["type"][1:] + "EventDetails"
            found[event["type"]] = event.get(key)
    return found


def test_a_worker_asks_for_a_task_and_answers_it(caller: Caller, activity: str) -> None:
    fields = {"Arguments": {"n": "{% $states.input.n %}"}, "TimeoutSeconds": 60,
              "HeartbeatSeconds": 30}  # fmt: skip
    execution = caller.start({"T": task(activity, **fields)}, {"n": 1, "more": 2})
    given = caller.sfn.get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(given["input"]) == {"n": 1}
    caller.sfn.send_task_heartbeat(taskToken=given["taskToken"])
    caller.sfn.send_task_success(taskToken=given["taskToken"], output='{"n": 2}')
    assert json.loads(caller.end(execution)["output"]) == {"n": 2}
    told = details(caller, execution)
    assert list(told) == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert told["ActivityScheduled"] == {
        "resource": activity, "input": '{"n":1}', "inputDetails": {"truncated": False},
        "timeoutInSeconds": 60, "heartbeatInSeconds": 30,
    }  # fmt: skip
    assert told["ActivityStarted"] == {"workerName": "me"}
    assert told["ActivitySucceeded"]["output"] == '{"n": 2}'.replace(" ", "")


def test_a_worker_that_asks_first_gets_what_comes(caller: Caller, activity: str) -> None:
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(caller.sfn.get_activity_task, activityArn=activity)
        execution = caller.start({"T": task(activity)}, "late")
        token = asked.result(timeout=60)["taskToken"]
    caller.sfn.send_task_failure(taskToken=token, error="Mine", cause="why")
    done = caller.end(execution)
    assert (done["error"], done["cause"]) == ("Mine", "why")
    assert details(caller, execution)["ActivityFailed"] == {"error": "Mine", "cause": "why"}


def test_each_task_is_given_once_and_in_order(caller: Caller, activity: str) -> None:
    processor = {"StartAt": "T", "States": {"T": task(activity)}}
    items = list(range(5))
    execution = caller.start(
        {"M": {"Type": "Map", "Items": items, "ItemProcessor": processor, **END}}
    )
    given = [caller.sfn.get_activity_task(activityArn=activity) for _ in items]
    assert [json.loads(one["input"]) for one in given] == items
    for one in reversed(given):
        caller.sfn.send_task_success(taskToken=one["taskToken"], output=one["input"])
    assert json.loads(caller.end(execution)["output"]) == items


def test_time_limits_begin_with_the_worker(caller: Caller, activity: str) -> None:
    caught = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Z"}]
    states = {
        "T": task(activity, HeartbeatSeconds=1, TimeoutSeconds=60, Catch=caught, Next="Z"),
        "Z": passes("silent"),
    }
    execution = caller.start(states)
    caller.run({"W": {"Type": "Wait", "Seconds": 2, **END}})
    assert caller.sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
    token = caller.sfn.get_activity_task(activityArn=activity)["taskToken"]
    assert json.loads(caller.end(execution)["output"]) == "silent"
    told = details(caller, execution)["ActivityTimedOut"]
    assert told == {"error": "States.HeartbeatTimeout"}
    with pytest.raises(ClientError, match="TaskTimedOut"):
        caller.sfn.send_task_success(taskToken=token, output="1")


def test_a_task_of_a_stopped_run_is_given_to_nobody(caller: Caller, activity: str) -> None:
    stopped = caller.start({"T": task(activity)}, "stopped")
    caller.sfn.stop_execution(executionArn=stopped)
    execution = caller.start({"T": task(activity)}, "next")
    given = caller.sfn.get_activity_task(activityArn=activity)
    assert given["input"] == '"next"'
    caller.sfn.stop_execution(executionArn=execution)


def test_a_worker_that_has_gone_gets_no_task(
    caller: Caller, server: StateMachineServer, activity: str
) -> None:
    headers = {"X-Amz-Target": "AWSStepFunctions.GetActivityTask"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(server.url, json={"activityArn": activity}, headers=headers, timeout=0.5,
                   trust_env=False)  # fmt: skip
    execution = caller.start({"T": task(activity)}, "for the living")
    given = caller.sfn.get_activity_task(activityArn=activity)
    assert given["input"] == '"for the living"'
    caller.sfn.stop_execution(executionArn=execution)


def test_waiting_and_begun_tasks_outlive_the_server(tmp_path: Path) -> None:
    with StateMachineServer(tmp_path) as server:
        caller = Caller(server.client())
        activity = caller.sfn.create_activity(name="kept")["activityArn"]
        begun = caller.start({"T": task(activity)}, "begun")
        token = caller.sfn.get_activity_task(activityArn=activity)["taskToken"]
        waiting = caller.start({"T": task(activity)}, "waiting")
        server.kill()
        server.start()
        given = caller.sfn.get_activity_task(activityArn=activity)
        assert given["input"] == '"waiting"'
        for execution, answered in ((begun, token), (waiting, given["taskToken"])):
            caller.sfn.send_task_success(taskToken=answered, output="1")
            assert caller.end(execution)["status"] == "SUCCEEDED"
            types = [event["type"] for event in caller.history(execution)]
            assert types.count("ActivityScheduled") == types.count("ActivityStarted") == 1
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(caller.sfn.get_activity_task, activityArn=activity)
            server.stop()
            assert asked.exception(timeout=60) is not None


def test_activities_are_listed_described_tagged_and_deleted(sfn: Any) -> None:
    name = f"a-{uuid.uuid4()}"
    made = sfn.create_activity(name=name, tags=[{"key": "k", "value": "v"}])
    arn = made["activityArn"]
    assert sfn.create_activity(name=name)["creationDate"] == made["creationDate"]
    described = sfn.describe_activity(activityArn=arn)
    assert (described["name"], described["creationDate"]) == (name, made["creationDate"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "k", "value": "v"}]
    pages = sfn.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 1})
    assert arn in [one["activityArn"] for p in pages for one in p["activities"]]
    sfn.delete_activity(activityArn=arn)
    for call in (sfn.describe_activity, sfn.get_activity_task):
        with pytest.raises(ClientError, match="ActivityDoesNotExist"):
            call(activityArn=arn)
    with pytest.raises(ClientError, match="InvalidName"):
        sfn.create_activity(name="a b")
    machine = arn.replace(":activity:", ":stateMachine:")
    with pytest.raises(ClientError, match="InvalidArn"):
        sfn.describe_activity(activityArn=machine)


def test_a_task_for_an_activity_that_is_not_there_fails(caller: Caller, activity: str) -> None:
    caller.sfn.delete_activity(activityArn=activity)
    execution = caller.start({"T": task(activity)})
    assert caller.end(execution)["error"] == "ActivityDoesNotExist"
    assert list(details(caller, execution)) == ["ActivityScheduleFailed"]
