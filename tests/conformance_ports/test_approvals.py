"""What `weft.ports.approvals` promises."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.approval import Approval, ApprovalStatus
from weft.domain.errors import Conflict, NotFound
from weft.domain.page import PageRequest


def approval(id: str = "p", tenant: str = "a", **changes: Any) -> Approval:
    held: dict[str, Any] = {
        "tenant_id": tenant,
        "approval_id": id,
        "run_id": "r",
        "workflow_id": "w",
        "node_id": "n",
        "path": "",
        "title": "Delete?",
        "message": "500 records",
        "token": "secret",
        "created_at": 1,
        "approvers": ("u",),
        "fields": ({"name": "reason"},),
    }
    return Approval(**{**held, **changes})


def test_an_approval_comes_back_as_it_went_in(store: Any) -> None:
    full = approval(details={"rows": 500}, expires_at=9, decision="approved", data=[1], comment="x")
    store.approvals.add(full)
    assert store.approvals.get("a", "p") == full
    with pytest.raises(Conflict):
        store.approvals.add(approval())


def test_another_tenant_cannot_see_or_decide_it(store: Any) -> None:
    store.approvals.add(approval())
    with pytest.raises(NotFound):
        store.approvals.get("b", "p")
    assert store.approvals.list("b", PageRequest()).items == ()
    assert store.approvals.of_run("b", "r") == []
    decided = approval(tenant="b", status=ApprovalStatus.DECIDED)
    assert store.approvals.change(decided, ApprovalStatus.PENDING) is False


def test_only_one_of_two_decisions_is_taken(store: Any) -> None:
    store.approvals.add(approval())
    yes = approval(status=ApprovalStatus.DECIDED, decision="approved")
    assert store.approvals.change(yes, ApprovalStatus.PENDING) is True
    no = replace(yes, decision="rejected")
    assert store.approvals.change(no, ApprovalStatus.PENDING) is False
    assert store.approvals.get("a", "p").decision == "approved"


def test_recovery_finds_undelivered_and_expired_ones_of_all_tenants(store: Any) -> None:
    store.approvals.add(approval("1", status=ApprovalStatus.DECIDED))
    store.approvals.add(approval("2", "b", status=ApprovalStatus.DECIDED))
    store.approvals.add(approval("3", status=ApprovalStatus.DELIVERED))
    store.approvals.add(approval("4", expires_at=10))
    store.approvals.add(approval("5", expires_at=11))
    store.approvals.add(approval("6"))
    assert [p.approval_id for p in store.approvals.undelivered()] == ["1", "2"]
    assert [p.approval_id for p in store.approvals.expired(10)] == ["4"]


def test_the_inbox_shows_the_newest_first_in_pages(store: Any) -> None:
    for n in range(4):
        status = ApprovalStatus.PENDING if n else ApprovalStatus.EXPIRED
        store.approvals.add(approval(str(n), created_at=n, status=status, run_id=f"r{n % 2}"))
    pending = (ApprovalStatus.PENDING,)
    first = store.approvals.list("a", PageRequest(limit=2), statuses=pending)
    rest = store.approvals.list("a", PageRequest(first.next_cursor, 2), statuses=pending)
    assert [p.approval_id for p in (*first.items, *rest.items)] == ["3", "2", "1"]
    one = store.approvals.list("a", PageRequest(), run_id="r1")
    assert [p.approval_id for p in one.items] == ["3", "1"]
