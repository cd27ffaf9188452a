"""`aws-sdk:sfn:startSyncExecution`: an Express execution, waited for in the call itself."""

import secrets
from dataclasses import dataclass

from weft.engine.errors import StateFailure
from weft.engine.execution import Execution
from weft.engine.json import JsonValue, to_json
from weft.engine.resources.start_execution import KNOWN_ARGUMENTS, StartExecution, described

_GIVEN = 47  # characters kept of a name, so that what makes it unique still fits (AWS: 80)


@dataclass(frozen=True, slots=True)
class StartSyncExecution(StartExecution):
    """The call succeeds whatever becomes of the execution: its answer says that in `Status`."""

    waits_for_run: bool = True
    known: frozenset[str] = KNOWN_ARGUMENTS | {"IncludedData"}
    errors: str = "Sfn"
    kind: str | None = "EXPRESS"

    def execution_name(self, given: str | None) -> tuple[str, bool]:
        """Names of Express executions need not be unique; ours are, and begin as the given one."""
        unique = secrets.token_hex(16)
        return f"{given[:_GIVEN]}.{unique}" if given else unique, True

    def ended(self, row: Execution) -> tuple[JsonValue, StateFailure | None]:
        """Input and output are JSON texts."""
        told = described(row, lambda value: to_json(value).decode())
        if row.status == "TIMED_OUT":
            told["Error"] = "States.Timeout"  # an execution by itself has no error then
        included: JsonValue = {"Included": True}
        return {**told, "InputDetails": included, "OutputDetails": included}, None
