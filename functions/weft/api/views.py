"""What callers get to see of the domain, as plain dicts: never hashes, tokens or sealed secrets."""

from typing import Any

from typing_extensions import TypedDict

from weft.domain.access import ApiKey, IssuedKey, User
from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.credential import Credential
from weft.domain.run import LogLine, Run, Step
from weft.domain.run_event import RunEvent
from weft.domain.times import iso
from weft.domain.workflow import PublishedVersion, Workflow


class WorkflowSummary(TypedDict):
    """A workflow in a list: everything but its graph."""

    id: str
    name: str
    description: str
    revision: int
    published_version: int | None
    is_active: bool
    archived: bool
    created_at: str
    updated_at: str
    created_by: str


class WorkflowView(WorkflowSummary):
    """A workflow with its draft."""

    graph: dict[str, Any]


class VersionSummary(TypedDict):
    """A published version in a list."""

    workflow_id: str
    version: int
    revision: int
    hash: str
    change_message: str
    created_at: str
    created_by: str


class VersionView(VersionSummary):
    """A published version with what it was compiled from and to."""

    graph: dict[str, Any]
    definition: dict[str, Any]
    source_map: dict[str, Any]
    manifest: dict[str, Any]


class RunSummary(TypedDict):
    """A run in a list: everything but what went in and came out."""

    id: str
    workflow_id: str
    version: int
    status: str
    triggered_by: str
    trigger_type: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    active_ms: int
    error: dict[str, Any] | None
    input_tokens: int
    output_tokens: int
    cost: float


class RunView(RunSummary):
    """A run. `output` holds the results by node id, `response` what a webhook caller gets."""

    input: Any
    trigger_node: str | None
    output: Any
    response: Any
    last_seq: int
    cancel_reason: str | None


class StepView(TypedDict):
    """One node's part in a run."""

    run_id: str
    node_id: str
    path: str
    order: int
    status: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempts: int
    input_tokens: int
    output_tokens: int
    cost: float
    started_at: str | None
    completed_at: str | None
    duration_ms: int | None


class LogView(TypedDict):
    """One line a step wrote."""

    run_id: str
    seq: int
    node_id: str
    path: str
    level: str
    message: str
    time: str
    data: dict[str, Any]


class EventView(TypedDict):
    """One thing that happened; `execution_id` is the run's id under the requirements' name."""

    type: str
    run_id: str
    execution_id: str
    node_id: str | None
    path: str
    seq: int
    time: str
    data: dict[str, Any]


class ApprovalView(TypedDict):
    """A question to a person. `status` is pending, answered, expired or cancelled."""

    id: str
    run_id: str
    workflow_id: str
    node_id: str
    path: str
    title: str
    message: str
    details: Any
    approvers: list[str]
    options: list[str]
    fields: list[dict[str, Any]]
    status: str
    decision: str | None
    comment: str
    data: Any
    decided_by: str | None
    decided_at: str | None
    created_at: str
    expires_at: str | None


class CredentialView(TypedDict):
    """A credential without its secret."""

    id: str
    name: str
    type: str
    allowed_hosts: list[str]
    created_at: str
    created_by: str
    last_used_at: str | None


class ApiKeyView(TypedDict):
    """An API key without the key."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    role: str
    active: bool
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class NewApiKeyView(ApiKeyView):
    """A new key; `key` is shown this once."""

    key: str


class UserView(TypedDict):
    """Who is signed in."""

    id: str
    name: str
    email: str
    role: str
    organization: dict[str, Any]


def _iso(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso(milliseconds)


def workflow_summary(workflow: Workflow) -> WorkflowSummary:
    """For lists."""
    return {
        "id": workflow.workflow_id,
        "name": workflow.name,
        "description": workflow.description,
        "revision": workflow.revision,
        "published_version": workflow.published_version,
        "is_active": workflow.active,
        "archived": workflow.archived,
        "created_at": iso(workflow.created_at),
        "updated_at": iso(workflow.updated_at),
        "created_by": workflow.created_by,
    }


def workflow_view(workflow: Workflow) -> WorkflowView:
    """With the draft."""
    return {**workflow_summary(workflow), "graph": workflow.graph}


def version_summary(version: PublishedVersion) -> VersionSummary:
    """For lists."""
    return {
        "workflow_id": version.workflow_id,
        "version": version.version,
        "revision": version.revision,
        "hash": version.hash,
        "change_message": version.change_message,
        "created_at": iso(version.created_at),
        "created_by": version.created_by,
    }


def version_view(version: PublishedVersion) -> VersionView:
    """With graph and artefact."""
    return {
        **version_summary(version),
        "graph": version.graph,
        "definition": version.definition,
        "source_map": version.source_map,
        "manifest": version.manifest,
    }


def run_summary(run: Run) -> RunSummary:
    """For lists."""
    error = run.error
    return {
        "id": run.run_id,
        "workflow_id": run.workflow_id,
        "version": run.version,
        "status": run.status.value,
        "triggered_by": run.triggered_by,
        "trigger_type": run.trigger.type,
        "created_at": iso(run.created_at),
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "active_ms": run.active_ms,
        "error": error and {"type": error.type, "message": error.message, "node_id": error.node},
        "input_tokens": run.totals.input_tokens,
        "output_tokens": run.totals.output_tokens,
        "cost": run.totals.cost,
    }


def run_view(run: Run) -> RunView:
    """With input and output."""
    return {
        **run_summary(run),
        "input": run.trigger.data,
        "trigger_node": run.trigger.node,
        "output": run.output,
        "response": run.response,
        "last_seq": run.last_seq,
        "cancel_reason": run.cancel_reason,
    }


def step_view(step: Step) -> StepView:
    """One step."""
    return {
        "run_id": step.run_id,
        "node_id": step.node_id,
        "path": step.path,
        "order": step.order,
        "status": step.status.value,
        "input": step.input,
        "output": step.output,
        "error": step.error,
        "attempts": step.attempts,
        "input_tokens": step.input_tokens,
        "output_tokens": step.output_tokens,
        "cost": step.cost,
        "started_at": _iso(step.started_at),
        "completed_at": _iso(step.completed_at),
        "duration_ms": step.duration_ms,
    }


def log_view(line: LogLine) -> LogView:
    """One log line."""
    return {
        "run_id": line.run_id,
        "seq": line.seq,
        "node_id": line.node_id,
        "path": line.path,
        "level": line.level,
        "message": line.message,
        "time": iso(line.time),
        "data": line.data,
    }


def event_view(event: RunEvent) -> EventView:
    """One event (ST-06)."""
    return {
        "type": event.type.value,
        "run_id": event.run_id,
        "execution_id": event.run_id,
        "node_id": event.node_id,
        "path": event.path,
        "seq": event.seq,
        "time": iso(event.time),
        "data": event.data,
    }


_ANSWERED = (ApprovalStatus.DECIDED, ApprovalStatus.DELIVERED)


def approval_view(approval: Approval) -> ApprovalView:
    """Without the token that resumes the step."""
    status = "answered" if approval.status in _ANSWERED else approval.status.value
    return {
        "id": approval.approval_id,
        "run_id": approval.run_id,
        "workflow_id": approval.workflow_id,
        "node_id": approval.node_id,
        "path": approval.path,
        "title": approval.title,
        "message": approval.message,
        "details": approval.details,
        "approvers": list(approval.approvers),
        "options": list(approval.options),
        "fields": list(approval.fields),
        "status": status,
        "decision": approval.decision,
        "comment": approval.comment,
        "data": approval.data,
        "decided_by": approval.decided_by,
        "decided_at": _iso(approval.decided_at),
        "created_at": iso(approval.created_at),
        "expires_at": _iso(approval.expires_at),
    }


def credential_view(credential: Credential) -> CredentialView:
    """Metadata only."""
    return {
        "id": credential.credential_id,
        "name": credential.name,
        "type": credential.type,
        "allowed_hosts": list(credential.allowed_hosts),
        "created_at": iso(credential.created_at),
        "created_by": credential.created_by,
        "last_used_at": _iso(credential.last_used_at),
    }


def key_view(key: ApiKey, now: int) -> ApiKeyView:
    """Without the hash."""
    expired = key.expires_at is not None and key.expires_at <= now
    return {
        "id": key.key_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "role": key.role.value,
        "active": key.revoked_at is None and not expired,
        "created_at": iso(key.created_at),
        "expires_at": _iso(key.expires_at),
        "last_used_at": _iso(key.last_used_at),
    }


def new_key_view(issued: IssuedKey, now: int) -> NewApiKeyView:
    """The only place where a key's text leaves the server."""
    return {**key_view(issued.key, now), "key": issued.token}


def user_view(user: User, organization: str) -> UserView:
    """Who is signed in, and where."""
    return {
        "id": user.user_id,
        "name": user.name,
        "email": user.email,
        "role": user.role.value,
        "organization": {"id": user.tenant_id, "name": organization},
    }
