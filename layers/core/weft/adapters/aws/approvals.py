"""Approvals in the table, beside the run that they belong to."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from weft.adapters.aws.keys import ONLY, Key, key, run
from weft.adapters.aws.listing import Listed, all_of, page_of
from weft.adapters.aws.records import record, tuples
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Entry, Unit
from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.errors import Conflict, NotFound
from weft.domain.page import Page, PageRequest


class DynamoApprovals:
    """See `weft.ports.approvals`. An item by the approval's id says which run it is of."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, approval: Approval) -> None:
        def added(unit: Unit) -> None:
            pointer = _pointer(approval.tenant_id, approval.approval_id)
            if unit.get(pointer) is not None:
                raise Conflict(f"there is an approval {approval.approval_id} already")
            unit.put(Entry(pointer, approval.run_id))
            unit.put(_entry(approval))

        self._table.write(added)

    def get(self, tenant_id: str, approval_id: str) -> Approval:
        run_id = self._table.get(_pointer(tenant_id, approval_id))
        held = None if run_id is None else self._table.get(_at(tenant_id, run_id, approval_id))
        if held is None:
            raise NotFound(f"there is no approval {approval_id}")
        return _approval(held)

    def list(
        self,
        tenant_id: str,
        page: PageRequest,
        *,
        statuses: Sequence[ApprovalStatus] = (),
        run_id: str | None = None,
    ) -> Page[Approval]:
        listed = Listed("first", _list(tenant_id), labels=tuple(s.value for s in statuses))

        def read(held: dict[str, Any]) -> Approval | None:
            return _approval(held) if run_id in (None, held["run_id"]) else None

        return page_of(self._table, listed, page, read, _place)

    def change(self, approval: Approval, expected: ApprovalStatus) -> bool:
        def changed(unit: Unit) -> bool:
            entry = _entry(approval)
            held = unit.get(entry.at)
            if held is None or held["status"] != expected:
                return False
            unit.put(entry)
            return True

        return self._table.write(changed)

    def of_run(self, tenant_id: str, run_id: str) -> Sequence[Approval]:
        found = [_approval(held) for _, held in self._table.under(run(tenant_id, run_id), "A#")]
        return sorted(found, key=_place)

    def undelivered(self) -> Sequence[Approval]:
        found = all_of(self._table, Listed("second", key("APPROVALS", ApprovalStatus.DECIDED)))
        return [a for held in found if (a := _approval(held)).status is ApprovalStatus.DECIDED]

    def expired(self, now: int) -> Sequence[Approval]:
        due = Listed("second", key("APPROVALS", ApprovalStatus.PENDING), until=now + 1)
        found = (_approval(held) for held in all_of(self._table, due))
        pending = [a for a in found if a.status is ApprovalStatus.PENDING]
        return sorted(pending, key=attrgetter("expires_at"))


def _at(tenant_id: str, run_id: str, approval_id: str) -> Key:
    return run(tenant_id, run_id), key("A", approval_id)


def _pointer(tenant_id: str, approval_id: str) -> Key:
    return key("T", tenant_id, "A", approval_id), ONLY


def _list(tenant_id: str) -> str:
    return key("T", tenant_id, "APPROVALS")


def _place(approval: Approval) -> tuple[int, str]:
    return approval.created_at, approval.approval_id


def _entry(approval: Approval) -> Entry:
    return Entry(
        _at(approval.tenant_id, approval.run_id, approval.approval_id),
        record(approval),
        first=(_list(approval.tenant_id), key(*_place(approval))),
        second=_due(approval),
        label=approval.status.value,
    )


def _due(approval: Approval) -> Key | None:
    """Where recovery looks: decided ones by when they were, pending ones by when they expire."""
    status, at = approval.status, None
    if status is ApprovalStatus.DECIDED:
        at = approval.decided_at or approval.created_at
    elif status is ApprovalStatus.PENDING:
        at = approval.expires_at
    return None if at is None else (key("APPROVALS", status), key(at, approval.approval_id))


def _approval(held: dict[str, Any]) -> Approval:
    read = tuples(held, "approvers", "options", "fields")
    return Approval(**{**read, "status": ApprovalStatus(held["status"])})
