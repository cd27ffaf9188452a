"""The AWS CLI over a real socket, where it is installed (in an environment of its own).

`AWS_CLI=/path/to/aws` says where; without it, the `aws` on the PATH.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.state_machine_server import StateMachineServer

AWS = os.environ.get("AWS_CLI") or shutil.which("aws")
pytestmark = pytest.mark.skipif(AWS is None, reason="there is no AWS CLI here")


class Cli:
    """`aws stepfunctions` against one server."""

    def __init__(self, server: StateMachineServer, **environment: str) -> None:
        self._server = server
        self._environment = environment

    def __call__(self, *arguments: str, fails: bool = False) -> Any:
        """JSON of its output; its complaint where it `fails`."""
        assert AWS is not None
        done = subprocess.run(
            [AWS, "stepfunctions", "--endpoint-url", self._server.url, "--region", "us-east-1",
             "--output", "json", *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(self._server.folder),
                 "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
                 "AWS_EC2_METADATA_DISABLED": "true", **self._environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout or "null")


def test_a_conversation_over_a_restart(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(
        "import pathlib\n"
        "def keep(event, context):\n"
        "    pathlib.Path('token').write_text(event)\n"
        "def check(event, context):\n"
        "    if not pathlib.Path('mended').exists():\n"
        "        raise ValueError('not yet')\n"
        "    return event\n"
        "handlers = {'keep': keep, 'check': check}\n"
    )
    call = "arn:aws:states:::lambda:invoke"
    definition = {
        "StartAt": "Wait",
        "States": {
            "Wait": {
                "Type": "Task", "Resource": f"{call}.waitForTaskToken", "Next": "Check",
                "Parameters": {"FunctionName": "keep", "Payload.$": "$$.Task.Token"},
            },
            "Check": {
                "Type": "Task", "Resource": call, "End": True, "OutputPath": "$.Payload",
                "Parameters": {"FunctionName": "check", "Payload.$": "$"},
            },
        },
    }  # fmt: skip
    with StateMachineServer(tmp_path, "--handlers", "ours:handlers") as server:
        aws = Cli(server)
        arn = aws(
            "create-state-machine", "--name", "m", "--definition", json.dumps(definition),
            "--role-arn", "arn:aws:iam::000000000000:role/any",
        )["stateMachineArn"]  # fmt: skip
        execution = aws("start-execution", "--state-machine-arn", arn)["executionArn"]
        token = tmp_path / "token"
        while not (token.exists() and token.read_text()):
            pass
        server.kill()
        server.start()
        aws("send-task-success", "--task-token", token.read_text(), "--task-output", '{"a": 1}')
        describe = ("describe-execution", "--execution-arn", execution)
        while aws(*describe)["status"] == "RUNNING":
            pass
        assert aws(*describe)["error"] == "ValueError"
        (tmp_path / "mended").touch()
        aws("redrive-execution", "--execution-arn", execution)
        while (done := aws(*describe))["status"] == "RUNNING":
            pass
        assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"a": 1})
        history = aws("get-execution-history", "--execution-arn", execution, "--page-size", "4")
        types = [event["type"] for event in history["events"]]
        assert types.count("ExecutionRedriven") == 1
        assert types[-1] == "ExecutionSucceeded"
        complaint = aws("describe-execution", "--execution-arn", f"{execution}x", fails=True)
        assert "ExecutionDoesNotExist" in complaint


def test_a_synchronous_start_needs_one_setting(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    with StateMachineServer(tmp_path) as server:
        arn = Cli(server)(
            "create-state-machine", "--name", "m", "--type", "EXPRESS",
            "--definition", json.dumps(definition),
            "--role-arn", "arn:aws:iam::000000000000:role/any",
        )["stateMachineArn"]  # fmt: skip
        start = ("start-sync-execution", "--state-machine-arn", arn, "--input", '{"a": 1}')
        by_variable = Cli(server, AWS_DISABLE_HOST_PREFIX_INJECTION="true")
        assert json.loads(by_variable(*start)["output"]) == {"a": 1}
        config = tmp_path / "config"
        config.write_text("[default]\ndisable_host_prefix_injection = true\n")
        by_file = Cli(server, AWS_CONFIG_FILE=str(config))
        assert json.loads(by_file(*start)["output"]) == {"a": 1}


def test_a_worker_of_an_activity_and_a_map_run(tmp_path: Path) -> None:
    with StateMachineServer(tmp_path) as server:
        aws = Cli(server)
        activity = aws("create-activity", "--name", "a")["activityArn"]
        processor = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "T",
            "States": {"T": {"Type": "Task", "Resource": activity, "End": True}},
        }
        definition = {
            "StartAt": "M",
            "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}},
        }
        arn = aws(
            "create-state-machine", "--name", "m", "--definition", json.dumps(definition),
            "--role-arn", "arn:aws:iam::000000000000:role/any",
        )["stateMachineArn"]  # fmt: skip
        execution = aws("start-execution", "--state-machine-arn", arn, "--input", "[7]")
        task = aws("get-activity-task", "--activity-arn", activity, "--worker-name", "w")
        assert task["input"] == "7"
        aws("send-task-success", "--task-token", task["taskToken"], "--task-output", "8")
        [run] = aws("list-map-runs", "--execution-arn", execution["executionArn"])["mapRuns"]
        describe = ("describe-map-run", "--map-run-arn", run["mapRunArn"])
        while (told := aws(*describe))["status"] == "RUNNING":
            pass
        assert told["executionCounts"]["succeeded"] == 1
        [child] = aws("list-executions", "--map-run-arn", run["mapRunArn"])["executions"]
        history = aws("get-execution-history", "--execution-arn", child["executionArn"])
        assert history["events"][-1]["type"] == "ExecutionSucceeded"
