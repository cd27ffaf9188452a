"""Put a question to a person on behalf of a waiting step."""

from dataclasses import dataclass, field, replace

from weft.domain.approval import DEFAULT_OPTIONS, Approval, ApprovalStatus
from weft.domain.errors import Conflict, NotFound, StepRefused
from weft.domain.workflow import Json, JsonObject
from weft.operations.approval_ids import approval_id_of
from weft.operations.platform import Platform


@dataclass(frozen=True, slots=True)
class Question:
    """What a step asks, and where its answer goes. `path` as in steps; `token` is the host's."""

    tenant_id: str
    run_id: str
    node_id: str
    path: str
    token: str = field(repr=False)
    title: str
    message: str
    details: Json = None
    approvers: tuple[str, ...] = ()
    options: tuple[str, ...] = DEFAULT_OPTIONS
    fields: tuple[JsonObject, ...] = ()
    expires_in_seconds: float | None = None


async def open_approval(platform: Platform, question: Question) -> Approval:
    """The pending approval. Asking again, after a crash or on a retry, renews the same one.

    Raises `StepRefused` if there is no such run under way in that tenant.
    """
    try:
        run = platform.store.runs.get(question.tenant_id, question.run_id)
    except NotFound as error:
        raise StepRefused("the step belongs to no run of this organization") from error
    if run.status.ended:
        raise StepRefused("the run has ended; its steps may not ask any more")
    now = platform.now()
    patience = question.expires_in_seconds
    approval = Approval(
        tenant_id=question.tenant_id,
        approval_id=approval_id_of(question.run_id, question.node_id, question.path),
        run_id=question.run_id,
        workflow_id=run.workflow_id,
        node_id=question.node_id,
        path=question.path,
        title=question.title,
        message=question.message,
        token=question.token,
        created_at=now,
        details=question.details,
        approvers=question.approvers,
        options=question.options,
        fields=question.fields,
        expires_at=None if patience is None else now + int(patience * 1000),
    )
    approvals = platform.store.approvals
    try:
        approvals.add(approval)
        return approval
    except Conflict:
        known = approvals.get(approval.tenant_id, approval.approval_id)
    return await _renewed(platform, known, approval)


async def _renewed(platform: Platform, known: Approval, asked: Approval) -> Approval:
    """The known approval with the token of the latest attempt, which is the one that counts."""
    approvals = platform.store.approvals
    if known.token == asked.token:
        return known
    if known.status is ApprovalStatus.DECIDED or known.status is ApprovalStatus.DELIVERED:
        # Decided under an earlier attempt's token: the decision stands, the new attempt gets it.
        again = replace(known, token=asked.token, status=ApprovalStatus.DECIDED)
    else:
        again = replace(asked, created_at=known.created_at)
    approvals.change(again, expected=known.status)
    return again
