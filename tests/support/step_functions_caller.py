"""Runs states over boto3: what a caller of the API does again and again."""

import json
import time
import uuid
from typing import Any

from tests.support.state_machine_server import ended

ROLE = "arn:aws:iam::000000000000:role/any"
INVOKE = "arn:aws:states:::lambda:invoke"
END: dict[str, Any] = {"End": True}


def machine(states: dict[str, Any], **fields: Any) -> str:
    """A JSONata definition in which the first state is the first."""
    whole = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    return json.dumps({**whole, **fields})


def block(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A branch or an item processor in which the first state is the first."""
    return {"StartAt": next(iter(states)), "States": states, **fields}


def invoke(function: str, payload: Any = None, **fields: Any) -> dict[str, Any]:
    """A last state that gives what a function answers."""
    called = {"FunctionName": function, "Payload": payload}
    given = {"Type": "Task", "Resource": INVOKE, "Arguments": called, **fields}
    return given | ({} if "Next" in fields else END)


def passes(output: Any, **fields: Any) -> dict[str, Any]:
    """A Pass state with an output."""
    given = {"Type": "Pass", "Output": output, **fields}
    return given | ({} if "Next" in fields else END)


class Caller:
    """boto3's client, and short words for what tests want of it."""

    def __init__(self, sfn: Any) -> None:
        self.sfn = sfn

    def create(self, states: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> str:
        """ARN of a new machine."""
        made = self.sfn.create_state_machine(
            name=f"m-{uuid.uuid4()}", definition=machine(states, **fields), roleArn=ROLE, type=kind
        )
        return str(made["stateMachineArn"])

    def start(self, states: dict[str, Any], input: Any = None, **fields: Any) -> str:
        """ARN of an execution of a new machine."""
        arn = self.create(states, **fields)
        begun = self.sfn.start_execution(stateMachineArn=arn, input=json.dumps(input or {}))
        return str(begun["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        """The execution once it has ended."""
        return ended(self.sfn, execution)

    def run(self, states: dict[str, Any], input: Any = None, **fields: Any) -> dict[str, Any]:
        """Run states to the end."""
        return self.end(self.start(states, input, **fields))

    def output(self, states: dict[str, Any], input: Any = None, **fields: Any) -> Any:
        """What states that must succeed give."""
        done = self.run(states, input, **fields)
        assert done["status"] == "SUCCEEDED", done
        return json.loads(done["output"])

    def ask(self, function: str, payload: Any) -> Any:
        """What a function of the server answers to us."""
        return self.output({"A": invoke(function, payload, Output="{% $states.result.Payload %}")})

    def until(self, function: str, payload: Any) -> Any:
        """The same, as soon as the answer is not null."""
        until = time.monotonic() + 60
        while (found := self.ask(function, payload)) is None:
            assert time.monotonic() < until, (function, payload)
        return found

    def history(self, execution: str) -> list[dict[str, Any]]:
        """All events."""
        pages = self.sfn.get_paginator("get_execution_history")
        return [e for p in pages.paginate(executionArn=execution) for e in p["events"]]
