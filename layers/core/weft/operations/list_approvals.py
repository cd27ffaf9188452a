"""The inbox: approvals across runs (HI-10)."""

from collections.abc import Sequence

from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.caller import Caller, Role, Scope
from weft.domain.page import Page, PageRequest
from weft.operations.platform import Platform


async def list_approvals(
    platform: Platform,
    caller: Caller,
    page: PageRequest,
    *,
    statuses: Sequence[ApprovalStatus] = (ApprovalStatus.PENDING,),
    run_id: str | None = None,
) -> Page[Approval]:
    """Newest first. Never show `token` to anybody."""
    caller.require(Role.VIEWER, Scope.RUNS_READ)
    return platform.store.approvals.list(caller.tenant_id, page, statuses=statuses, run_id=run_id)


async def get_approval(platform: Platform, caller: Caller, approval_id: str) -> Approval:
    """Raises `NotFound`."""
    caller.require(Role.VIEWER, Scope.RUNS_READ)
    return platform.store.approvals.get(caller.tenant_id, approval_id)
