"""`states:startExecution`: a nested execution of another machine of this engine."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weft.engine.errors import StateFailure
from weft.engine.execution import Execution
from weft.engine.json import JsonValue, to_json
from weft.engine.resources.base import BadArguments, Call, Resource
from weft.engine.scope import Scope
from weft.engine.template import Template
from weft.engine.timestamps import iso

KNOWN_ARGUMENTS = frozenset({"StateMachineArn", "Input", "Name", "TraceHeader"})


@dataclass(frozen=True, slots=True)
class StartExecution(Resource):
    """Starts, and with `.sync` or `.sync:2` waits for, the execution named in Arguments."""

    known: frozenset[str] = KNOWN_ARGUMENTS
    errors: str = "StepFunctions"  # what the names of the service's own errors begin with
    kind: str | None = None  # the only kind of machine it starts

    def prepare(self, arguments: Template | None, scope: Scope, default: JsonValue) -> Call:
        """StateMachineArn, Input (JSON, or a JSON text) and perhaps Name."""
        value = default if arguments is None else arguments.evaluate(scope)
        if not isinstance(value, dict) or not isinstance(value.get("StateMachineArn"), str):
            raise BadArguments(
                f"The Arguments of {self.service}:{self.action} must be an object with a string "
                "'StateMachineArn'."
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

    @property
    def starts_run(self) -> bool:
        """Always."""
        return True

    @property
    def tells_start(self) -> bool:
        """Whether the history tells of the start apart from the end."""
        return self.waits_for_run and ".sync" in self.text

    def execution_name(self, given: str | None) -> tuple[str, bool]:
        """The name given, which may be taken, or a new one."""
        return given or secrets.token_hex(16), not given

    def parameters(self, call: dict[str, Any]) -> JsonValue:
        """As the service takes them."""
        return {"Input": call["p"], "Name": call["n"], "StateMachineArn": call["f"]}

    def ended(self, row: Execution) -> tuple[JsonValue, StateFailure | None]:
        """What DescribeExecution says; a failed execution is `States.TaskFailed`."""
        as_value = self.text.endswith(":2")
        told = described(row, lambda value: value if as_value else to_json(value).decode())
        if row.status == "SUCCEEDED":
            return told, None
        return None, StateFailure("States.TaskFailed", to_json(told).decode(), inner=True)

    def check(self, source: dict[str, Any]) -> list[str]:
        """StateMachineArn must be there, and nothing unknown."""
        arguments = source.get("Arguments")
        if not isinstance(arguments, dict):
            return [] if "Arguments" in source else ["'StateMachineArn' is required in 'Arguments'"]
        problems = [
            f"'{k}' is not an argument of {self.service}:{self.action}"
            for k in arguments
            if k not in self.known
        ]
        if "StateMachineArn" not in arguments:
            problems.append("'StateMachineArn' is required in 'Arguments'")
        return problems


def described(row: Execution, shown: Callable[[JsonValue], JsonValue]) -> dict[str, JsonValue]:
    """An execution as the API describes it, its input and output by `shown`."""
    told: dict[str, JsonValue] = {
        "ExecutionArn": row.id,
        "Input": shown(row.input),
        "Name": row.name,
        "StartDate": iso(row.started_at),
        "StateMachineArn": row.machine,
        "Status": row.status,
        "StopDate": iso(row.stopped_at or row.started_at),
    }
    if row.status == "SUCCEEDED":
        return {**told, "Output": shown(row.output)}
    why = {"Error": row.error, "Cause": row.cause}
    return {**told, **{name: text for name, text in why.items() if text is not None}}
