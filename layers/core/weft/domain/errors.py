"""The error families: each says who must act. Names of `StepError`s are ASL error names (API)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Severity(StrEnum):
    """How much a diagnostic weighs: errors stop publishing, the rest do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a graph, at the place where its author can mend it."""

    code: str  # W1xxx document, W2xxx wiring, W3xxx config, W4xxx target limits
    severity: Severity
    title: str  # the same for every occurrence of the code
    message: str  # this occurrence, in a sentence
    node: str | None = None
    port: str | None = None
    hint: str | None = None


class WeftError(Exception):
    """The root of all errors that cross a border of ours."""

    code: ClassVar[str] = "error"


class CompileError(WeftError):
    """The author must act: the graph has problems, all of them listed."""

    code = "compile-error"

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        super().__init__(f"the graph has {len(errors)} problem{'s' if len(errors) != 1 else ''}")


class RequestError(WeftError):
    """The caller must act."""

    code = "bad-request"


class Invalid(RequestError):
    """The request itself is malformed."""

    code = "invalid"


class Unauthenticated(RequestError):
    """No valid token or key came with the request."""

    code = "unauthenticated"


class Forbidden(RequestError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(RequestError):
    """The thing does not exist for this caller."""

    code = "not-found"


class Conflict(RequestError):
    """The thing exists already, or is in another state than the request needs."""

    code = "conflict"


class PayloadTooLarge(RequestError):
    """The request is over a documented limit."""

    code = "payload-too-large"


class QuotaExceeded(RequestError):
    """A limit of the organization or the server is reached; the message names it."""

    code = "quota-exceeded"


class StepError(WeftError):
    """The run's retry and catch rules act. The class name is the ASL error name."""

    code = "step-error"


class TransientStepError(StepError):
    """May succeed if tried again: time-outs, rate limits, lost connections (EX-15)."""


class PermanentStepError(StepError):
    """Trying again will not help."""


class StepTimeout(StepError):
    """The step did not end within its limit."""


class StepRefused(StepError):
    """Weft refused to run the step: policy, missing credential, no isolation."""


class PlatformError(WeftError):
    """We must act; the caller gets no detail."""

    code = "platform-error"


class StorageUnavailable(PlatformError):
    """A store cannot be read or written: disk full, locked, truncated."""

    code = "storage-unavailable"


class HostRejected(PlatformError):
    """The host refused an artefact or a call of ours."""

    code = "host-rejected"


class Bug(PlatformError):
    """An invariant of ours does not hold."""

    code = "bug"


class VaultUnreadable(PlatformError):
    """A sealed secret cannot be opened: the key file is another one, or the data was changed."""

    code = "vault-unreadable"
