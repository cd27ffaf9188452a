"""What a Task calls: an ARN of a kind that exists, and credentials that say a role."""

import re
from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, State

_CALL = re.compile(
    r"(?:arn:[\w-]+:states:::)?(?P<service>[\w-]+):(?P<action>[\w:-]+?)"
    r"(?P<pattern>\.sync(?::2)?|\.waitForTaskToken)?"
)
# The optimised integrations whose actions are few and known (AWS, "Optimized integrations").
_ACTIONS: dict[str, frozenset[str]] = {
    "apigateway": frozenset({"invoke"}),
    "batch": frozenset({"submitJob"}),
    "dynamodb": frozenset({"getItem", "putItem", "updateItem", "deleteItem"}),
    "ecs": frozenset({"runTask"}),
    "events": frozenset({"putEvents"}),
    "http": frozenset({"invoke"}),
    "lambda": frozenset({"invoke"}),
    "sns": frozenset({"publish"}),
    "sqs": frozenset({"sendMessage"}),
    "states": frozenset({"startExecution"}),
}
_NO_TOKEN = frozenset({"dynamodb", "http"})


def resources(machine: Machine) -> Iterator[Finding]:
    """Known services offer known actions; the AWS SDK's services offer any."""
    for state in machine.states():
        if state.type == "Task":
            yield from _task(state)


def _task(state: State) -> Iterator[Finding]:
    resource = state.source.get("Resource")
    where = f"{state.path}/Resource"
    call = _CALL.fullmatch(resource) if isinstance(resource, str) else None
    if "Resource" in state.source and not isinstance(resource, str):
        yield Finding("ASL100", where, "must be an ARN")
    elif call is not None and call["action"] not in _ACTIONS.get(call["service"], {call["action"]}):
        yield Finding("ASL101", where, f"the resource provided {resource} is not recognized")
    elif call is not None and call["service"] in _NO_TOKEN and call["pattern"]:
        yield Finding("ASL102", where, f"{call['service']} does not support {call['pattern']}")
    credentials = state.source.get("Credentials")
    if isinstance(credentials, dict) and not credentials.keys() & {"RoleArn", "RoleArn.$"}:
        where = f"{state.path}/Credentials"
        yield Finding("ASL103", where, "the field 'RoleArn' is required but was missing")
