"""A step that waits for a person's decision."""

from dataclasses import dataclass, field
from enum import StrEnum

from weft.domain.workflow import Json, JsonObject


class ApprovalStatus(StrEnum):
    """`decided` is written before the host is told; `delivered` after."""

    PENDING = "pending"
    DECIDED = "decided"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


DEFAULT_OPTIONS = ("approved", "rejected")


@dataclass(frozen=True, slots=True)
class Approval:
    """One question to a person. `token` resumes the step and never leaves the server."""

    tenant_id: str
    approval_id: str
    run_id: str
    workflow_id: str
    node_id: str
    path: str
    title: str
    message: str
    token: str = field(repr=False)
    created_at: int
    details: Json = None
    approvers: tuple[str, ...] = ()  # user ids or email addresses; empty: anyone who may run
    options: tuple[str, ...] = DEFAULT_OPTIONS
    fields: tuple[JsonObject, ...] = ()  # what the person may fill in
    expires_at: int | None = None
    status: ApprovalStatus = ApprovalStatus.PENDING
    decision: str | None = None
    comment: str = ""
    data: Json = None
    decided_by: str | None = None
    decided_at: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's answer; `choice` is one of the approval's options."""

    choice: str
    comment: str = ""
    data: Json = None
