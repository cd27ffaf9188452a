"""Record a person's decision, then let the run go on (HI-12, HI-13)."""

from dataclasses import replace

from weft.domain.approval import Approval, ApprovalStatus, Decision
from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict, Forbidden, Invalid, PayloadTooLarge
from weft.domain.times import iso
from weft.operations.payloads import MAX_PAYLOAD, size_of
from weft.operations.platform import Platform


async def decide_approval(
    platform: Platform, caller: Caller, approval_id: str, decision: Decision
) -> Approval:
    """The decided approval. The first decision stands, over crashes too.

    Raises `NotFound`; `Forbidden` for keys without the scope and people not asked; `Invalid` for
    a choice that is not offered; `Conflict` if it is decided, expired or withdrawn;
    `PayloadTooLarge`.
    """
    # Sessions need the role alone; a key needs this very scope, which none has by default.
    caller.require(Role.EDITOR, Scope.APPROVALS_DECIDE)
    approvals = platform.store.approvals
    found = approvals.get(caller.tenant_id, approval_id)
    _refuse_strangers(platform, caller, found)
    if decision.choice not in found.options:
        offered = ", ".join(found.options)
        raise Invalid(f"{decision.choice!r} is not offered; choose one of {offered}")
    now = platform.now()
    if found.expires_at is not None and found.expires_at <= now:
        raise Conflict(f"this approval expired at {iso(found.expires_at)}")
    decided = replace(
        found,
        status=ApprovalStatus.DECIDED,
        decision=decision.choice,
        comment=decision.comment,
        data=decision.data,
        decided_by=caller.user_id,
        decided_at=now,
    )
    if size_of(decision_output(decided)) > MAX_PAYLOAD:
        raise PayloadTooLarge("a decision with its comment and data has at most 256 KiB")
    if not approvals.change(decided, expected=ApprovalStatus.PENDING):
        raise Conflict(_why_not(approvals.get(caller.tenant_id, approval_id)))
    if not await platform.host.resume(decided.token, decision_output(decided)):
        late = replace(found, status=ApprovalStatus.EXPIRED)
        approvals.change(late, expected=ApprovalStatus.DECIDED)
        raise Conflict("the step no longer waits: it timed out, or its run has ended")
    return _delivered(platform, decided)


async def deliver_decisions(platform: Platform) -> None:
    """Tells the host what was decided but perhaps never told, after a crash or a failed write.

    Telling it again is harmless: a token works once.
    """
    for decided in platform.store.approvals.undelivered():
        await platform.host.resume(decided.token, decision_output(decided))
        _delivered(platform, decided)


def _delivered(platform: Platform, decided: Approval) -> Approval:
    delivered = replace(decided, status=ApprovalStatus.DELIVERED)
    platform.store.approvals.change(delivered, expected=ApprovalStatus.DECIDED)
    return delivered


def decision_output(decided: Approval) -> dict[str, object]:
    """What the waiting step answers with."""
    return {
        "decision": decided.decision,
        "comment": decided.comment,
        "data": decided.data,
        "decided_by": decided.decided_by,
        "decided_at": iso(decided.decided_at or 0),
    }


def _refuse_strangers(platform: Platform, caller: Caller, approval: Approval) -> None:
    """Named approvers alone may decide; owners too, so that no run is stuck for ever."""
    if not approval.approvers or caller.role is Role.OWNER:
        return
    user = platform.store.directory.get_user(caller.tenant_id, caller.user_id)
    if not {user.user_id, user.email, user.name} & set(approval.approvers):
        raise Forbidden("this approval waits for somebody else")


def _why_not(stored: Approval) -> str:
    if stored.status is ApprovalStatus.EXPIRED:
        return "this approval has expired"
    if stored.status is ApprovalStatus.CANCELLED:
        return "this approval was withdrawn: its run has ended"
    return f"this approval was already decided: {stored.decision}"
