"""boto3 over a real socket: machines, executions, tokens, versions, aliases, errors."""

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.support.state_machine_server import StateMachineServer, ended
from tests.support.state_machines import CALL, ROLE, machine, made, refusal, says, task


def test_a_token_task_outlives_the_server_and_a_failed_run_is_redriven(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(
        "import pathlib\n"
        "def keep(event, context):\n"
        "    pathlib.Path('token').write_text(event['token'])\n"
        "def check(event, context):\n"
        "    if not pathlib.Path('mended').exists():\n"
        "        raise ValueError('not yet')\n"
        "    return event\n"
        "handlers = {'keep': keep, 'check': check}\n"
    )
    wait = {
        "Type": "Task", "Resource": f"{CALL}.waitForTaskToken", "Next": "Check",
        "Arguments": {"FunctionName": "keep",
                      "Payload": {"token": "{% $states.context.Task.Token %}"}},
    }  # fmt: skip
    with StateMachineServer(tmp_path, "--handlers", "ours:handlers") as server:
        sfn = server.client()
        arn = made(sfn, machine(Wait=wait, Check=task("check")))
        started = sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
        execution = started["executionArn"]
        token = tmp_path / "token"
        while not (token.exists() and token.read_text()):
            pass
        server.kill()
        server.start()
        assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
        sfn.send_task_heartbeat(taskToken=token.read_text())
        sfn.send_task_success(taskToken=token.read_text(), output='{"answer": 42}')
        failed = ended(sfn, execution)
        assert (failed["status"], failed["error"]) == ("FAILED", "ValueError")
        assert failed["redriveStatus"] == "REDRIVABLE"
        server.stop()
        (tmp_path / "mended").touch()
        server.start()
        sfn.redrive_execution(executionArn=execution, clientToken="once")
        sfn.redrive_execution(executionArn=execution, clientToken="once")
        done = ended(sfn, execution)
        assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"answer": 42})
        assert (done["redriveCount"], json.loads(done["input"])) == (1, {"a": 1})
        events = sfn.get_execution_history(executionArn=execution)["events"]
        assert [e["id"] for e in events] == [*range(1, len(events) + 1)]
        types = [e["type"] for e in events]
        assert types.count("TaskSubmitted") == types.count("ExecutionRedriven") == 1
        assert types[-1] == "ExecutionSucceeded"
        code = refusal(sfn.send_task_success, taskToken=token.read_text(), output="1")
        assert code == ("TaskTimedOut", 400)


def test_history_comes_in_pages_both_ways_and_without_data(sfn: Any) -> None:
    limits = {"TimeoutSeconds": 60, "HeartbeatSeconds": 30}
    arn = made(sfn, machine(A=task("echo", Assign={"x": 1}, Next="B", **limits) | {"End": False},
                            B={"Type": "Pass", "End": True}))  # fmt: skip
    execution = sfn.start_execution(stateMachineArn=arn, input='"in"')["executionArn"]
    ended(sfn, execution)
    pages = sfn.get_paginator("get_execution_history").paginate
    whole = [e for p in pages(executionArn=execution, PaginationConfig={"PageSize": 2})
             for e in p["events"]]  # fmt: skip
    back = [e for p in pages(executionArn=execution, reverseOrder=True, maxResults=3)
            for e in p["events"]]  # fmt: skip
    assert [e["id"] for e in whole] == [e["id"] for e in reversed(back)]
    scheduled = next(e for e in whole if e["type"] == "TaskScheduled")
    details = scheduled["taskScheduledEventDetails"]
    assert (details["resourceType"], details["region"]) == ("lambda", "us-east-1")
    assert (details["timeoutInSeconds"], details["heartbeatInSeconds"]) == (60, 30)
    assert json.loads(details["parameters"]) == {"FunctionName": "echo", "Payload": "in"}
    exited = next(e for e in whole if e["type"] == "TaskStateExited")
    assert exited["stateExitedEventDetails"]["assignedVariables"] == {"x": "1"}
    bare = sfn.get_execution_history(executionArn=execution, includeExecutionData=False)
    assert '"in"' not in json.dumps(bare["events"], default=str)
    assert refusal(sfn.get_execution_history, executionArn=execution, nextToken="junk") == (
        "InvalidToken", 400,
    )  # fmt: skip


def test_an_alias_shares_executions_out_and_an_update_leaves_versions_alone(sfn: Any) -> None:
    first = sfn.create_state_machine(
        name="shared-out", definition=says("one"), roleArn=ROLE, publish=True,
        versionDescription="the first",
    )  # fmt: skip
    arn, one = first["stateMachineArn"], first["stateMachineVersionArn"]
    two = sfn.update_state_machine(stateMachineArn=arn, definition=says("two"), publish=True)[
        "stateMachineVersionArn"
    ]
    routes = [{"stateMachineVersionArn": one, "weight": 50},
              {"stateMachineVersionArn": two, "weight": 50}]  # fmt: skip
    alias = sfn.create_state_machine_alias(name="prod", routingConfiguration=routes)[
        "stateMachineAliasArn"
    ]
    outputs = set()
    for _ in range(60):
        started = sfn.start_execution(stateMachineArn=alias)["executionArn"]
        done = ended(sfn, started)
        assert done["stateMachineAliasArn"] == alias
        assert done["output"] == ('"one"' if done["stateMachineVersionArn"] == one else '"two"')
        outputs.add(done["output"])
    assert outputs == {'"one"', '"two"'}
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": one, "weight": 100}],
    )
    assert sfn.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"] == [
        {"stateMachineVersionArn": one, "weight": 100}
    ]
    by = {"stateMachineArn": two, "maxResults": 7}
    paged = [e for p in sfn.get_paginator("list_executions").paginate(**by)
             for e in p["executions"]]  # fmt: skip
    assert {e["stateMachineVersionArn"] for e in paged} == {two}
    assert refusal(sfn.delete_state_machine_version, stateMachineVersionArn=one) == (
        "ConflictException", 400,
    )  # fmt: skip
    sfn.delete_state_machine_version(stateMachineVersionArn=two)
    listed = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [v["stateMachineVersionArn"] for v in listed] == [one]
    described = sfn.describe_state_machine(stateMachineArn=one)
    assert (described["definition"], described["description"]) == (says("one"), "the first")
    aliases = sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]
    assert [a["stateMachineAliasArn"] for a in aliases] == [alias]
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    assert refusal(sfn.start_execution, stateMachineArn=alias) == ("ResourceNotFound", 400)


def test_a_revision_is_published_only_as_long_as_it_is_the_newest(sfn: Any) -> None:
    arn = made(sfn, says("a"))
    old = sfn.describe_state_machine(stateMachineArn=arn)["revisionId"]
    sfn.update_state_machine(stateMachineArn=arn, definition=says("b"))
    assert refusal(sfn.publish_state_machine_version, stateMachineArn=arn, revisionId=old) == (
        "ConflictException", 400,
    )  # fmt: skip
    new = sfn.describe_state_machine(stateMachineArn=arn)["revisionId"]
    version = sfn.publish_state_machine_version(stateMachineArn=arn, revisionId=new)
    assert version["stateMachineVersionArn"] == f"{arn}:1"


def test_an_express_machine_answers_at_once_and_has_no_list(sfn: Any) -> None:
    arn = made(sfn, machine(A=task("later")), type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=arn, name="twice", input="{}")
    again = sfn.start_sync_execution(stateMachineArn=arn, name="twice", input="{}")
    assert answer["executionArn"] != again["executionArn"]
    assert (answer["status"], answer["name"]) == ("SUCCEEDED", "twice")
    assert json.loads(answer["output"]) == {"function": "later", "left": True}
    failed = sfn.start_sync_execution(
        stateMachineArn=made(sfn, machine(A=task("fails")), type="EXPRESS")
    )
    assert (failed["status"], failed["error"]) == ("FAILED", "Custom")
    assert json.loads(failed["cause"])["errorMessage"] == "as asked"
    assert refusal(sfn.list_executions, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"
    standard = made(sfn, says("x"))
    code = refusal(sfn.start_sync_execution, stateMachineArn=standard)[0]
    assert code == "StateMachineTypeNotSupported"


def test_a_nested_run_is_named_by_its_arn(sfn: Any) -> None:
    child = made(
        sfn, machine(C={"Type": "Succeed", "Output": "{% $states.context.Execution.Id %}"})
    )
    call = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Arguments": {"StateMachineArn": child, "Name": "inner", "Input": {}},
            "End": True}  # fmt: skip
    outer = sfn.start_execution(stateMachineArn=made(sfn, machine(N=call)))["executionArn"]
    result = json.loads(ended(sfn, outer)["output"])
    inner = child.replace(":stateMachine:", ":execution:") + ":inner"
    assert (result["ExecutionArn"], result["Output"]) == (inner, inner)
    assert result["StateMachineArn"] == child
    events = sfn.get_execution_history(executionArn=outer)["events"]
    types = [e["type"] for e in events]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    told = events[4]["taskSubmittedEventDetails"]
    assert (told["resourceType"], told["resource"]) == ("states", "startExecution.sync:2")
    assert json.loads(told["output"])["ExecutionArn"] == inner


def test_stop_aborts_and_a_second_start_of_the_name_is_refused(sfn: Any) -> None:
    arn = made(sfn, machine(W={"Type": "Wait", "Seconds": 99, "End": True}))
    start = {"stateMachineArn": arn, "name": "n", "input": "{}"}
    execution = sfn.start_execution(**start)["executionArn"]
    assert sfn.start_execution(**start)["executionArn"] == execution
    sfn.stop_execution(executionArn=execution, error="Why", cause="because")
    stopped = sfn.describe_execution(executionArn=execution)
    assert (stopped["status"], stopped["error"], stopped["cause"]) == ("ABORTED", "Why", "because")
    assert refusal(sfn.start_execution, **start) == ("ExecutionAlreadyExists", 400)
    running = sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
    assert running == []
    sfn.delete_state_machine(stateMachineArn=arn)
    assert refusal(sfn.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    kept = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(kept["definition"])["StartAt"] == "W"


def test_the_same_machine_again_is_fine_and_another_of_its_name_is_not(sfn: Any) -> None:
    same = {"name": "again", "definition": says("x"), "roleArn": ROLE}
    first = sfn.create_state_machine(**same)
    assert sfn.create_state_machine(**same)["creationDate"] == first["creationDate"]
    for other in (
        {"definition": says("y")},
        {"type": "EXPRESS"},
        {"tracingConfiguration": {"enabled": True}},
    ):
        code = refusal(sfn.create_state_machine, **{**same, **other})
        assert code == ("StateMachineAlreadyExists", 400)


def test_a_server_ends_though_a_handler_works_and_somebody_waits(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\n"
        "def hold(event, context):\n"
        "    pathlib.Path('held').touch()\n"
        "    time.sleep(600)\n"
        "handlers = {'hold': hold}\n"
    )
    with StateMachineServer(tmp_path, "--handlers", "slow:handlers") as server:
        sfn = server.client()
        arn = made(sfn, machine(A=task("hold")), type="EXPRESS")

        def ask() -> None:
            with contextlib.suppress(BotoCoreError, ClientError):
                sfn.start_sync_execution(stateMachineArn=arn)

        asked = threading.Thread(target=ask, daemon=True)
        asked.start()
        while not (tmp_path / "held").exists():
            pass
        server.stop()
        asked.join(timeout=30)
        assert not asked.is_alive()


def test_tags_are_kept_with_a_machine(sfn: Any) -> None:
    arn = made(sfn, says("t"), tags=[{"key": "a", "value": "1"}])
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]


def test_a_definition_is_checked_and_what_is_wrong_is_listed(sfn: Any) -> None:
    good = sfn.validate_state_machine_definition(definition=says("x"))
    assert (good["result"], good["diagnostics"]) == ("OK", [])
    wrong = machine(A={"Type": "Pass", "Next": "Nowhere"})
    answer = sfn.validate_state_machine_definition(definition=wrong)
    assert answer["result"] == "FAIL"
    assert answer["diagnostics"][0]["location"] == "/States/A/Next"
    assert sfn.validate_state_machine_definition(definition="no")["diagnostics"][0]["code"] == (
        "INVALID_JSON_DESCRIPTION"
    )
    code = refusal(sfn.create_state_machine, name="w", definition=wrong, roleArn=ROLE)
    assert code == ("InvalidDefinition", 400)


def test_one_state_is_tested_with_a_function_or_a_mock(sfn: Any) -> None:
    real = sfn.test_state(
        definition=json.dumps({**task("echo"), "QueryLanguage": "JSONata"}), input='{"a": 1}',
        inspectionLevel="DEBUG",
    )  # fmt: skip
    assert (real["status"], json.loads(real["output"])) == ("SUCCEEDED", {"a": 1})
    assert json.loads(real["inspectionData"]["afterArguments"])["FunctionName"] == "echo"
    mocked = sfn.test_state(
        definition=machine(A=task("nobody") | {"Catch": [{"ErrorEquals": ["E"], "Next": "B"}]},
                           B={"Type": "Succeed"}),
        stateName="A", mock={"errorOutput": {"error": "E", "cause": "c"}},
    )  # fmt: skip
    assert (mocked["status"], mocked["nextState"], mocked["cause"]) == ("CAUGHT_ERROR", "B", "c")
    fail = json.dumps({"Type": "Fail", "Error": "E"})
    assert refusal(sfn.test_state, definition=fail, mock={"result": "{}"}) == (
        "ValidationException", 400,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("describe_execution", {"executionArn": "junk"}, "InvalidArn"),
        (
            "describe_execution",
            {"executionArn": "arn:aws:states:us-east-1:000000000000:execution:a:b"},
            "ExecutionDoesNotExist",
        ),
        (
            "start_execution",
            {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"},
            "StateMachineDoesNotExist",
        ),
        (
            "start_execution",
            {"stateMachineArn": "arn:aws:states:eu-west-1:000000000000:stateMachine:none"},
            "StateMachineDoesNotExist",
        ),
        ("create_state_machine", {"name": "a b", "definition": says("x"), "roleArn": ROLE},
         "InvalidName"),
        ("send_task_success", {"taskToken": "junk", "output": "1"}, "InvalidToken"),
        ("send_task_success", {"taskToken": "junk", "output": "{"}, "InvalidOutput"),
        ("update_state_machine",
         {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:none"},
         "MissingRequiredParameter"),
    ],
)  # fmt: skip
def test_errors_have_the_names_of_the_service(
    sfn: Any, operation: str, request_: dict[str, Any], code: str
) -> None:
    assert refusal(getattr(sfn, operation), **request_) == (code, 400)


def test_a_bad_input_and_a_bad_name_of_an_execution_are_refused(sfn: Any) -> None:
    arn = made(sfn, says("x"))
    bad = refusal(sfn.start_execution, stateMachineArn=arn, input="{")
    assert bad == ("InvalidExecutionInput", 400)
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="a b") == ("InvalidName", 400)
