"""What other local engines get wrong about time, tokens, histories and the API itself.

All over a real socket by boto3; the language is in the file beside.
"""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.support.step_functions_caller import END, ROLE, Caller, block, invoke, machine, passes

TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"


def asks(function: str, event_id: Any, **fields: Any) -> dict[str, Any]:
    """A task whose function is given a token."""
    payload = {"id": event_id, "token": "{% $states.context.Task.Token %}"}
    return invoke(function, payload, Resource=TOKEN, **fields)


def refusal(call: Any, **members: Any) -> str:
    """The code of the error that the call is refused with."""
    with pytest.raises(ClientError) as raised:
        call(**members)
    return str(raised.value.response["Error"]["Code"])


def message(event_id: Any) -> dict[str, Any]:
    """A task that waits for who reads its message in a queue."""
    body = {"id": event_id, "token": "{% $states.context.Task.Token %}"}
    return {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Arguments": {"QueueUrl": "http://queue", "MessageBody": body}, **END}  # fmt: skip


@pytest.mark.parametrize(
    "task", [asks("note", "{% $states.input %}"), message("{% $states.input %}")]
)
def test_three_tokens_in_a_map_are_answered_out_of_order(
    caller: Caller, task: dict[str, Any]
) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    execution = caller.start(
        {"M": {"Type": "Map", "Items": ids, "ItemProcessor": block({"T": task}), **END}}
    )
    for one in reversed(ids):
        token = caller.until("told", one)
        caller.sfn.send_task_success(taskToken=token, output=json.dumps({"for": one}))
    done = caller.end(execution)
    assert json.loads(done["output"]) == [{"for": one} for one in ids]


def test_a_failed_token_brings_error_and_cause(caller: Caller) -> None:
    one = str(uuid.uuid4())
    execution = caller.start({"T": asks("note", one)})
    caller.sfn.send_task_failure(taskToken=caller.until("told", one), error="Mine", cause="why")
    done = caller.end(execution)
    assert (done["error"], done["cause"]) == ("Mine", "why")


def test_a_missed_heartbeat_has_its_own_error(caller: Caller) -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Z"}]
    task = asks("note", "beats", HeartbeatSeconds=1, TimeoutSeconds=600, Catch=catch, Next="Z")
    assert caller.output({"T": task, "Z": passes("missed")}) == "missed"


def test_a_time_limit_may_be_an_expression(caller: Caller) -> None:
    task = asks("note", "limited", TimeoutSeconds="{% $states.input.seconds %}")
    assert caller.run({"T": task}, {"seconds": 1})["error"] == "States.Timeout"


def test_a_callback_function_that_raises_fails_its_task_at_once(caller: Caller) -> None:
    assert caller.run({"T": asks("fails", 1)}, TimeoutSeconds=600)["error"] == "Custom"


def test_nothing_happens_after_a_stop(caller: Caller) -> None:
    mark = str(uuid.uuid4())
    waits = block({
        "W": {"Type": "Wait", "Seconds": 1, "Next": "T"},
        "T": invoke("called", mark),
    })  # fmt: skip
    execution = caller.start({"P": {"Type": "Parallel", "Branches": [waits, waits_too()], **END}})
    caller.sfn.stop_execution(executionArn=execution, error="Mine", cause="why")
    done = caller.sfn.describe_execution(executionArn=execution)
    assert (done["status"], done["error"], done["cause"]) == ("ABORTED", "Mine", "why")
    before = caller.history(execution)
    assert before[-1]["type"] == "ExecutionAborted"
    caller.run({"W": {"Type": "Wait", "Seconds": 2, **END}})
    assert caller.history(execution) == before
    assert caller.ask("times", mark) == 0


def waits_too() -> dict[str, Any]:
    """A branch that a stop finds waiting."""
    return block({"X": {"Type": "Wait", "Seconds": 99_999, **END}})


def test_a_machine_has_a_time_limit(caller: Caller) -> None:
    done = caller.run({"W": {"Type": "Wait", "Seconds": 99_999, **END}}, TimeoutSeconds=1)
    assert done["status"] == "TIMED_OUT"


def test_a_slow_function_times_out(caller: Caller) -> None:
    assert caller.run({"T": invoke("slow", {}, TimeoutSeconds=1)})["error"] == "States.Timeout"


def test_the_history_tells_what_happens_inside_map_and_parallel(caller: Caller) -> None:
    inner = {"Type": "Parallel", "Branches": [block({"A": passes(1)}), block({"B": passes(2)})]}
    processor = block({"P": {**inner, **END}})
    execution = caller.start({"M": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor,
                                    **END}})  # fmt: skip
    caller.end(execution)
    events = caller.history(execution)
    assert [e["id"] for e in events] == list(range(1, len(events) + 1))
    assert [e["previousEventId"] for e in events[:3]] == [0, 0, 2]
    assert all(e["previousEventId"] < e["id"] for e in events)
    types = [e["type"] for e in events]
    for kind in ("MapIterationStarted", "MapIterationSucceeded", "ParallelStateEntered"):
        assert types.count(kind) == 2
    assert types.count("PassStateExited") == 4
    by_id = {e["id"]: e for e in events}
    for event in events:
        if event["type"] == "PassStateEntered":
            chain, at = [], event
            while at["previousEventId"]:
                at = by_id[at["previousEventId"]]
                chain.append(at["type"])
            assert chain[:3] == ["ParallelStateStarted", "ParallelStateEntered",
                                 "MapIterationStarted"]  # fmt: skip


def test_an_express_machine_answers_the_caller(caller: Caller) -> None:
    arn = caller.create({"A": passes("{% $states.input.n + 1 %}")}, kind="EXPRESS")
    done = caller.sfn.start_sync_execution(stateMachineArn=arn, input='{"n": 1}')
    assert (done["status"], done["output"]) == ("SUCCEEDED", "2")


def test_an_express_machine_cannot_wait_for_a_token(caller: Caller) -> None:
    definition = machine({"T": asks("note", 1)})
    members = {"name": "never", "definition": definition, "roleArn": ROLE, "type": "EXPRESS"}
    assert refusal(caller.sfn.create_state_machine, **members) == "InvalidDefinition"


def test_the_same_start_while_it_runs_is_the_same_execution(caller: Caller) -> None:
    arn = caller.create({"W": {"Type": "Wait", "Seconds": 99_999, **END}})
    started = [
        caller.sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
        for _ in range(2)
    ]
    assert started[0]["executionArn"] == started[1]["executionArn"]
    assert started[0]["startDate"] == started[1]["startDate"]
    again = {"stateMachineArn": arn, "name": "one", "input": '{"a": 2}'}
    assert refusal(caller.sfn.start_execution, **again) == "ExecutionAlreadyExists"
    caller.sfn.stop_execution(executionArn=started[0]["executionArn"])


def test_unnamed_starts_are_executions_of_their_own(caller: Caller) -> None:
    arn = caller.create({"A": passes(1)})
    started = {caller.sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(2)}
    assert len(started) == 2


def test_an_unknown_next_is_refused_and_validation_tells(caller: Caller) -> None:
    definition = machine({"A": passes(1, Next="Nowhere")})
    members = {"name": "never", "definition": definition, "roleArn": ROLE}
    assert refusal(caller.sfn.create_state_machine, **members) == "InvalidDefinition"
    told = caller.sfn.validate_state_machine_definition(definition=definition)
    assert told["result"] == "FAIL"
    assert "Nowhere" in told["diagnostics"][0]["message"]


def test_one_state_is_tested_alone(caller: Caller) -> None:
    state = json.dumps({"QueryLanguage": "JSONata", **passes("{% $states.input.n + 1 %}")})
    told = caller.sfn.test_state(definition=state, roleArn=ROLE, input='{"n": 1}')
    assert (told["status"], told["output"]) == ("SUCCEEDED", "2")


def test_a_redrive_repeats_only_what_had_not_succeeded(caller: Caller) -> None:
    mark, flaky = str(uuid.uuid4()), {"id": str(uuid.uuid4()), "times": 1}
    execution = caller.start({"A": invoke("called", mark, Next="B"), "B": invoke("flaky", flaky)})
    assert caller.end(execution)["error"] == "Custom"
    caller.sfn.redrive_execution(executionArn=execution)
    done = caller.end(execution)
    assert (done["status"], done["redriveCount"]) == ("SUCCEEDED", 1)
    assert caller.ask("times", mark) == 1
