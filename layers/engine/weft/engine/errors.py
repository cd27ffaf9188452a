"""What the engine reports: to callers as exceptions, inside a run as `StateFailure`."""

from collections.abc import Sequence
from dataclasses import dataclass

from weft.domain.errors import Conflict, Invalid, NotFound, StorageUnavailable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a definition: the state (or None) and a JSON pointer to the place."""

    state: str | None
    location: str
    message: str


class DefinitionInvalid(Invalid):
    """The author of the definition must act; every problem is listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "; ".join(f"{p.message} at {p.location}" for p in self.problems)
        super().__init__(f"the state machine definition is invalid: {lines}")


class NameInvalid(Invalid):
    """No machine or execution can have that name."""


class MachineExists(Conflict):
    """A machine of that name has another definition."""


class MachineNotFound(NotFound):
    """No machine has that id."""


class VersionNotFound(NotFound):
    """The machine has no such version."""


class AliasNotFound(NotFound):
    """The machine has no alias of that name."""


class ActivityNotFound(NotFound):
    """No activity has that id."""


class MapRunNotFound(NotFound):
    """The execution has no such Map Run, or the Map Run no such child."""


class MapRunEnded(Conflict):
    """A Map Run that has ended cannot be changed."""


class InUse(Conflict):
    """An alias routes to the version, the alias exists, or the machine has changed meanwhile."""


class QuotaExceeded(Conflict):
    """The machine has as many versions or aliases as it may have."""


class NotRedrivable(Conflict):
    """The execution cannot go on from where it failed; the message says why."""


class WrongKind(Invalid):
    """The machine is not of the type that the call starts."""


class ExecutionExists(Conflict):
    """The machine already has an execution of that name, with another input or finished."""


class ExecutionNotFound(NotFound):
    """No execution has that id."""


class TaskTokenInvalid(NotFound):
    """The token was never issued by this engine."""


class TaskTimedOut(Conflict):
    """The task of that token is over: answered, timed out, stopped or tried again."""


class JournalLocked(StorageUnavailable):
    """Another process has the journal open; stop it first."""


class JournalFull(StorageUnavailable):
    """The disk is full; the engine goes on by itself once there is room."""


class JournalCorrupt(StorageUnavailable):
    """The journal file is damaged; restore it from a backup."""


class HandlerError(Exception):
    """A function raised: `error_type` is its class name, which Retry and Catch match."""

    def __init__(self, error_type: str, message: str = "", trace: Sequence[str] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.trace = tuple(trace)


class ServiceError(HandlerError):
    """A service refused: its message is the cause as it stands, not a function's report."""


class StateFailure(BaseException):
    """A state failed with an ASL error name; only the engine raises and catches it.

    It is a BaseException so that no handler run in this process can swallow it.
    `location` names the field of a failed expression, else None. `inner` says that the failure
    came from inside the state (a handler, a child), so that its cause stands as it is.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None,
        location: str | None = None,
        *,
        inner: bool = False,
    ) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.location = location
        self.inner = inner
