"""Small state machines, and what the service says to them."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/any"
CALL = "arn:aws:states:::lambda:invoke"


def machine(**states: Any) -> str:
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})


def says(word: str) -> str:
    return machine(S={"Type": "Succeed", "Output": word})


def task(name: str, **fields: Any) -> dict[str, Any]:
    arguments = {"FunctionName": name, "Payload": "{% $states.input %}"}
    return {"Type": "Task", "Resource": CALL, "Arguments": arguments,
            "Output": "{% $states.result.Payload %}", "End": True, **fields}  # fmt: skip


def made(sfn: Any, definition: str, **options: Any) -> str:
    arn: str = sfn.create_state_machine(
        name=f"m-{uuid.uuid4().hex[:12]}", definition=definition, roleArn=ROLE, **options
    )["stateMachineArn"]
    return arn


def refusal(call: Any, **request: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
