"""Close approvals whose time is up; the host's own time-out lets the run go on (HI-08)."""

from dataclasses import replace

from weft.domain.approval import ApprovalStatus
from weft.operations.platform import Platform


async def expire_approvals(platform: Platform) -> None:
    """Marks pending approvals past `expires_at` as expired."""
    for approval in platform.store.approvals.expired(platform.now()):
        expired = replace(approval, status=ApprovalStatus.EXPIRED)
        platform.store.approvals.change(expired, expected=ApprovalStatus.PENDING)
