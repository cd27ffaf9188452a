"""Where approvals are kept."""

from collections.abc import Sequence
from typing import Protocol

from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.page import Page, PageRequest


class Approvals(Protocol):
    """Every read and write is keyed by the tenant, but for recovery's lists."""

    def add(self, approval: Approval) -> None:
        """Raises `Conflict` if the id exists."""
        ...

    def get(self, tenant_id: str, approval_id: str) -> Approval:
        """Raises `NotFound`."""
        ...

    def list(
        self,
        tenant_id: str,
        page: PageRequest,
        *,
        statuses: Sequence[ApprovalStatus] = (),
        run_id: str | None = None,
    ) -> Page[Approval]:
        """Newest first."""
        ...

    def change(self, approval: Approval, expected: ApprovalStatus) -> bool:
        """Saves it only if its stored status is `expected`; False if it is another."""
        ...

    def of_run(self, tenant_id: str, run_id: str) -> Sequence[Approval]:
        """All of a run, oldest first."""
        ...

    def undelivered(self) -> Sequence[Approval]:
        """Decided, but the host has not been told for sure; all tenants."""
        ...

    def expired(self, now: int) -> Sequence[Approval]:
        """Pending and past their time; all tenants."""
        ...
