"""`lambda:invoke`, by its symbolic name or its ARN, with or without a task token."""

from dataclasses import dataclass
from typing import Any

from weft.engine.json import JsonValue, from_json
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template

KNOWN_ARGUMENTS = frozenset(
    {"FunctionName", "Payload", "InvocationType", "LogType", "Qualifier", "ClientContext"}
)


@dataclass(frozen=True, slots=True)
class LambdaInvoke(Resource):
    """Calls the function named in Arguments."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """FunctionName and Payload; an absent Payload is `{}`."""
        value = default if arguments is None else arguments.evaluate(scope)
        if not isinstance(value, dict) or not isinstance(value.get("FunctionName"), str):
            raise BadArguments(
                "The Arguments of lambda:invoke must be an object with a string 'FunctionName'."
            )
        return Call(value["FunctionName"], _sent(value.get("Payload")))

    def parameters(self, call: dict[str, Any]) -> JsonValue:
        """As the service takes them."""
        return {"FunctionName": call["f"], "Payload": call["p"]}

    def result(self, value: JsonValue) -> JsonValue:
        """The response of the Invoke API, as far as it is not about HTTP."""
        return {"ExecutedVersion": "$LATEST", "Payload": value, "StatusCode": 200}

    def check(self, source: dict[str, Any]) -> list[str]:
        """FunctionName must be there, and nothing unknown."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return [] if "Arguments" in source else ["'Arguments' with 'FunctionName' is required"]
        problems = [
            f"'{k}' is not an argument of lambda:invoke"
            for k in arguments
            if k not in KNOWN_ARGUMENTS
        ]
        if "FunctionName" not in arguments:
            problems.append("'FunctionName' is required in 'Arguments'")
        return problems


def _sent(payload: JsonValue) -> JsonValue:
    """A text is the body of the request as it stands: the function sees what its JSON says.

    Without a payload, and with null, the function is given an empty object.
    """
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        return from_json(payload)
    except ValueError:
        return payload


@dataclass(frozen=True, slots=True)
class LambdaDirect(Resource):
    """A bare Lambda ARN: Arguments are the whole payload, the answer is the whole result."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """The ARN, and Arguments or the state's input."""
        return Call(self.text, default if arguments is None else arguments.evaluate(scope))
