"""Task tokens: answers, failures, heartbeats, and answers that come too late."""

import asyncio
from typing import Any

import pytest

from weft.engine.errors import HandlerError, TaskTimedOut, TaskTokenInvalid


def callback(**fields: Any) -> dict[str, Any]:
    """A Task state that waits for its token."""
    payload = {"token": "{% $states.context.Task.Token %}"}
    return {
        "Type": "Task",
        "Resource": "lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "ask", "Payload": payload},
        "End": True,
        **fields,
    }


async def token_of(lab: Any, count: int = 1) -> str:
    """The token of the newest call, once there are `count` calls."""
    while len(lab.calls) < count:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    token: str = lab.calls[-1][1]["token"]
    return token


async def test_three_tokens_in_a_map_are_answered_out_of_order(still_lab: Any) -> None:
    lab = still_lab
    processor = {"StartAt": "A", "States": {"A": callback()}}
    execution = lab.start(
        {"M": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor, "End": True}}
    )
    await token_of(lab, 3)
    tokens = [payload["token"] for _, payload in lab.calls]
    for answer in (2, 0, 1):
        lab.engine.send_task_success(tokens[answer], {"n": answer})
    assert (await lab.engine.wait(execution)).output == [{"n": 0}, {"n": 1}, {"n": 2}]


async def test_a_failure_brings_error_and_cause(still_lab: Any) -> None:
    lab = still_lab
    execution = lab.start({"A": callback()})
    lab.engine.send_task_failure(await token_of(lab), "Declined", "not today")
    ended = await lab.engine.wait(execution)
    assert (ended.error, ended.cause) == ("Declined", "not today")


async def test_a_missed_heartbeat_fails_the_task(still_lab: Any) -> None:
    lab = still_lab
    execution = lab.start({"A": callback(HeartbeatSeconds=10)})
    token = await token_of(lab)
    lab.clock.advance(8)
    lab.engine.send_task_heartbeat(token)
    lab.clock.advance(8)
    await asyncio.sleep(0.01)
    assert lab.engine.describe(execution).status == "RUNNING"
    lab.clock.advance(3)
    assert (await lab.engine.wait(execution)).error == "States.HeartbeatTimeout"


async def test_a_callback_function_that_raises_fails_the_task_at_once(lab: Any) -> None:
    def handler(payload: Any) -> Any:
        raise HandlerError("Broken", "no")

    lab.handlers["ask"] = handler
    assert (await lab.run({"A": callback()})).error == "Broken"


async def test_a_token_works_once(still_lab: Any) -> None:
    lab = still_lab
    execution = lab.start({"A": callback()})
    token = await token_of(lab)
    lab.engine.send_task_success(token, 1)
    with pytest.raises(TaskTimedOut):
        lab.engine.send_task_success(token, 2)
    assert (await lab.engine.wait(execution)).output == 1
    with pytest.raises(TaskTimedOut):
        lab.engine.send_task_heartbeat(token)


async def test_an_unknown_token_is_invalid(lab: Any) -> None:
    for token in ("nonsense", "weft-77-1-" + "0" * 32):
        with pytest.raises(TaskTokenInvalid):
            lab.engine.send_task_success(token, 1)


async def test_a_retry_after_a_time_out_has_a_new_token(still_lab: Any) -> None:
    lab = still_lab
    retry = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}
    execution = lab.start({"A": callback(TimeoutSeconds=5, Retry=[retry])})
    first = await token_of(lab)
    lab.clock.advance(5)
    await asyncio.sleep(0.01)
    lab.clock.advance(1)
    second = await token_of(lab, 2)
    assert first != second
    with pytest.raises(TaskTimedOut):
        lab.engine.send_task_success(first, "late")
    lab.engine.send_task_success(second, "in time")
    assert (await lab.engine.wait(execution)).output == "in time"


async def test_an_answer_before_the_handler_returns_counts(still_lab: Any) -> None:
    lab = still_lab

    async def handler(payload: Any) -> Any:
        lab.engine.send_task_success(payload["token"], "early")
        await asyncio.sleep(0)
        return "ignored"

    lab.handlers["ask"] = handler
    assert (await lab.run({"A": callback()})).output == "early"


async def test_a_message_is_sent_as_text_and_its_answer_is_the_result(lab: Any) -> None:
    lab.handlers["sqs:sendMessage"] = lambda payload: {"MessageId": "m"}
    arguments = {"QueueUrl": "q", "MessageBody": {"a": "{% $states.input.a %}"}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": arguments, "End": True}  # fmt: skip
    assert (await lab.run({"T": task}, {"a": 1})).output == {"MessageId": "m"}
    assert lab.calls == [("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": '{"a":1}'})]
    bad = {**task, "Arguments": "{% {'QueueUrl': 'q'} %}"}
    assert (await lab.run({"T": bad})).error == "States.QueryEvaluationError"
