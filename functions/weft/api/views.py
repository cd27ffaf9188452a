"""What callers get to see of the domain, as plain dicts: never hashes, tokens or sealed secrets."""

from typing import Any

from typing_extensions import TypedDict

from weft.domain.access import ApiKey, IssuedKey, User
from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.credential import Credential
from weft.domain.times import iso
from weft.domain.workflow import WEBHOOK, PublishedVersion, TriggerBinding, Workflow


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
    children: dict[str, Any]


class TriggerView(TypedDict):
    """What starts runs. `hook`: where a webhook is called, below the server's address."""

    node_id: str
    type: str
    version: int
    hook: str | None


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
        "children": version.children,
    }


def trigger_view(trigger: TriggerBinding) -> TriggerView:
    """Without its config, which is in the graph."""
    hook = f"/hooks/{trigger.workflow_id}/{trigger.path}".rstrip("/")
    return {
        "node_id": trigger.node_id,
        "type": trigger.type,
        "version": trigger.version,
        "hook": hook if trigger.type == WEBHOOK else None,
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
