"""An account-free definition with plausible names of resources, as validators want them."""

from typing import Any

ACCOUNT = "111111111111"
REGION = "us-east-1"
# Which members hold the name of a resource, and what its ARN looks like.
_NAMED = {
    "FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "StateMachineArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "ConnectionArn": f"arn:aws:events:{REGION}:{ACCOUNT}:connection/{{}}/"
    "00000000-0000-0000-0000-000000000000",
}


def concrete(value: Any, key: str = "") -> Any:
    """The same definition, every symbolic resource replaced."""
    if isinstance(value, dict):
        return {name: concrete(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [concrete(part) for part in value]
    if not isinstance(value, str) or value.startswith(("arn:", "{%")):
        return value
    if key == "Resource":
        return f"arn:aws:states:::{value}"
    if key in _NAMED:
        return _NAMED[key].format(value.replace(":", "-"))
    return value
