"""What the service refuses, in its own words: error names, messages and HTTP codes."""

from typing import Final

from weft.domain.errors import Conflict, Invalid, NotFound, StorageUnavailable, WeftError
from weft.engine.errors import (
    ActivityNotFound,
    AliasNotFound,
    DefinitionInvalid,
    ExecutionExists,
    ExecutionNotFound,
    InUse,
    MachineExists,
    MachineNotFound,
    MapRunEnded,
    NameInvalid,
    NotRedrivable,
    QuotaExceeded,
    TaskTimedOut,
    TaskTokenInvalid,
    VersionNotFound,
)


class Refused(Exception):
    """One error of the protocol: its name, a sentence, the HTTP code."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


# The special before the general.
_NAMES: Final[tuple[tuple[type[WeftError], str, str], ...]] = (
    (DefinitionInvalid, "InvalidDefinition", "Invalid State Machine Definition"),
    (NameInvalid, "InvalidName", "Invalid Name"),
    (MachineExists, "StateMachineAlreadyExists", "State Machine Already Exists"),
    (MachineNotFound, "StateMachineDoesNotExist", "State Machine Does Not Exist"),
    (VersionNotFound, "ResourceNotFound", "Resource Not Found"),
    (AliasNotFound, "ResourceNotFound", "Resource Not Found"),
    (ActivityNotFound, "ActivityDoesNotExist", "Activity Does Not Exist"),
    (ExecutionExists, "ExecutionAlreadyExists", "Execution Already Exists"),
    (ExecutionNotFound, "ExecutionDoesNotExist", "Execution Does Not Exist"),
    (NotRedrivable, "ExecutionNotRedrivable", ""),
    (MapRunEnded, "ValidationException", ""),
    (InUse, "ConflictException", ""),
    (QuotaExceeded, "ServiceQuotaExceededException", ""),
    (TaskTimedOut, "TaskTimedOut", "Task Timed Out"),
    (TaskTokenInvalid, "InvalidToken", "Invalid Token"),
    (NotFound, "ResourceNotFound", "Resource Not Found"),
    (Conflict, "ConflictException", ""),
    (Invalid, "ValidationException", ""),
)


def refusal_of(error: WeftError) -> Refused:
    """The protocol's error for one of the engine's."""
    if isinstance(error, StorageUnavailable):
        return Refused("ServiceUnavailable", str(error), 503)
    for kind, code, words in _NAMES:
        if isinstance(error, kind):
            return Refused(code, f"{words}: '{error}'" if words else str(error))
    return Refused("InternalFailure", "Something failed on our side.", 500)


def invalid(message: str) -> Refused:
    """ValidationException."""
    return Refused("ValidationException", message)
