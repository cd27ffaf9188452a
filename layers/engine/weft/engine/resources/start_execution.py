"""`states:startExecution`: a nested execution of another machine of this engine."""

import json
from dataclasses import dataclass
from typing import Any

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue
from weft.engine.resources.base import Call, Resource
from weft.engine.template import QUERY_ERROR, Scope, Template

KNOWN_ARGUMENTS = frozenset({"StateMachineArn", "Input", "Name", "TraceHeader"})


@dataclass(frozen=True, slots=True)
class StartExecution(Resource):
    """Starts, and with `.sync` or `.sync:2` waits for, the execution named in Arguments."""

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """StateMachineArn, Input (JSON, or a JSON text) and perhaps Name."""
        value = default if arguments is None else arguments.evaluate(scope)
        if not isinstance(value, dict) or not isinstance(value.get("StateMachineArn"), str):
            raise StateFailure(
                QUERY_ERROR,
                "The Arguments of states:startExecution must be an object with a string "
                "'StateMachineArn'.",
                "Arguments",
            )
        given = value.get("Input", {})
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except ValueError as error:
                raise StateFailure(
                    "StepFunctions.InvalidExecutionInputException", f"Input is not JSON: {error}"
                ) from error
        return Call(value["StateMachineArn"], given, value.get("Name") or "")

    def check(self, source: dict[str, Any]) -> list[str]:
        """StateMachineArn must be there, and nothing unknown."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return [] if "Arguments" in source else ["'StateMachineArn' is required in 'Arguments'"]
        problems = [
            f"'{k}' is not an argument of states:startExecution"
            for k in arguments
            if k not in KNOWN_ARGUMENTS
        ]
        if "StateMachineArn" not in arguments:
            problems.append("'StateMachineArn' is required in 'Arguments'")
        return problems
