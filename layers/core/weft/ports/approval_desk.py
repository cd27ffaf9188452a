"""Where a step that waits for a person leaves its question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from weft.domain.approval import DEFAULT_OPTIONS


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """A question to a person. Whose step asks, and its task token, the desk knows from the call."""

    title: str
    message: str = ""
    details: Any = None  # JSON shown beside the question
    approvers: Sequence[str] = ()  # user ids or email addresses; empty: anyone who may run
    options: Sequence[str] = DEFAULT_OPTIONS
    fields: Sequence[Mapping[str, Any]] = field(default_factory=tuple)  # what may be filled in
    expires_in_seconds: float | None = None


class ApprovalDesk(Protocol):
    """Bound to one step."""

    def request(self, request: ApprovalRequest) -> str:
        """The approval's id; asking again with the same idempotency key gives the same one.

        Raises `StepRefused` when the step has no task token to answer.
        """
        ...
