"""Symbolic names become ARNs where a state has them, and nowhere else."""

from typing import Any

import pytest

from weft.adapters.aws.arns import Arns, execution_arn
from weft.domain.errors import HostRejected

NET = "arn:aws:lambda:eu-west-1:000000000000:function:net"
LINE = "arn:aws:events:eu-west-1:000000000000:connection/c"
ARNS = Arns({"net": NET}, {"cred": LINE})


def task(resource: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}


def machine(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "a", "States": {"a": state}}


CALL = task("lambda:invoke", FunctionName="runner:net", Payload={"x": 1})
CALLED = task("arn:aws:states:::lambda:invoke", FunctionName=NET, Payload={"x": 1})


def test_a_runner_is_a_function_and_a_resource_an_arn() -> None:
    assert ARNS.deployed(machine(CALL)) == machine(CALLED)


def test_a_connection_is_found_by_its_credential() -> None:
    proof = {"ConnectionArn": "connection:cred"}
    made = ARNS.deployed(machine(task("http:invoke", Authentication=proof)))
    assert made["States"]["a"]["Arguments"]["Authentication"] == {"ConnectionArn": LINE}


def test_states_inside_of_states_are_reached() -> None:
    def around(inner: dict[str, Any], resource: str) -> dict[str, Any]:
        each = {"Type": "Map", "ItemReader": {"Resource": resource}, "ItemProcessor": inner}
        return machine({"Type": "Parallel", "Branches": [machine({**each, "End": True})]})

    made = ARNS.deployed(around(machine(CALL), "s3:getObject"))
    assert made == around(machine(CALLED), "arn:aws:states:::s3:getObject")


def test_what_only_looks_like_a_name_stays() -> None:
    data = {"Resource": "s3:x", "FunctionName": "runner:none", "ConnectionArn": "connection:none"}
    state = task("lambda:invoke", FunctionName="runner:net", Payload=data)
    made = ARNS.deployed(machine(state))
    assert made["States"]["a"]["Arguments"]["Payload"] == data
    output = {"Type": "Pass", "Output": data, "End": True}
    assert ARNS.deployed(machine(output)) == machine(output)


def test_an_arn_stays_as_it_is() -> None:
    assert ARNS.deployed(machine(CALLED)) == machine(CALLED)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (task("lambda:invoke", FunctionName="runner:ai"), "no runner function for 'ai'"),
        (
            task("http:invoke", Authentication={"ConnectionArn": "connection:x"}),
            "no EventBridge Connection for 'x'",
        ),
    ],
)
def test_what_a_stack_does_not_have_is_said_at_publishing(state: Any, told: str) -> None:
    with pytest.raises(HostRejected, match=told):
        ARNS.deployed(machine(state))


def test_other_partitions_have_other_arns() -> None:
    made = Arns({"net": NET}, partition="aws-cn").deployed(machine(CALL))
    assert made["States"]["a"]["Resource"] == "arn:aws-cn:states:::lambda:invoke"


def test_an_execution_is_called_after_its_machine() -> None:
    arn = "arn:aws:states:eu-west-1:000000000000:stateMachine:m"
    assert execution_arn(arn, "r") == "arn:aws:states:eu-west-1:000000000000:execution:m:r"
