"""Approvals: the first decision stands, and the run hears of it even after a crash."""

from typing import Any

import pytest

from weft.domain.approval import ApprovalStatus, Decision
from weft.domain.caller import Caller, Role
from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound, PayloadTooLarge
from weft.domain.page import PageRequest
from weft.domain.run import RunStatus
from weft.operations.cancel_run import cancel_run
from weft.operations.decide_approval import decide_approval
from weft.operations.expire_approvals import expire_approvals
from weft.operations.list_approvals import list_approvals


async def asked(house: Any) -> tuple[Any, Any]:
    """A run that waits, and its approval."""
    document = house.graph(
        ("t", "manual_trigger"),
        ("a", "ask"),
        ("y", "set", {"value": "yes"}),
        ("n", "set", {"value": "no"}),
        edges="t>a a.approved>y a.rejected>n",
    )
    run = await house.start(document)
    await house.settle()
    page = await list_approvals(house.platform, house.caller, PageRequest())
    return run, page.items[0]


async def test_a_decision_lets_the_run_go_on(house: Any) -> None:
    run, approval = await asked(house)
    assert house.run(run).status is RunStatus.WAITING
    [waiting] = [e for e in house.events(run) if e.type == "step.waiting_approval"]
    assert waiting.data == {"approval_id": approval.approval_id}
    decided = await decide_approval(
        house.platform, house.caller, approval.approval_id, Decision("rejected", "too dear")
    )
    assert decided.status is ApprovalStatus.DELIVERED
    ended = await house.end(run)
    assert ended.output == {"y": "SKIPPED", "n": "no"}


async def test_the_first_decision_stands(house: Any) -> None:
    _, approval = await asked(house)
    await decide_approval(house.platform, house.caller, approval.approval_id, Decision("approved"))
    with pytest.raises(Conflict, match="already decided: approve"):
        await decide_approval(
            house.platform, house.caller, approval.approval_id, Decision("rejected")
        )


async def test_a_decision_written_but_not_delivered_is_delivered_after_a_restart(
    house: Any,
) -> None:
    run, approval = await asked(house)
    with pytest.raises(house.dead):
        await decide_approval(
            house.dying("host", "resume"),
            house.caller,
            approval.approval_id,
            Decision("approved"),
        )
    await house.restart()
    assert (await house.end(run)).output == {"y": "yes", "n": "SKIPPED"}
    stored = house.platform.store.approvals.get(run.tenant_id, approval.approval_id)
    assert (stored.status, stored.decision) == (ApprovalStatus.DELIVERED, "approved")


async def test_an_approval_survives_a_restart(house: Any) -> None:
    run, approval = await asked(house)
    await house.restart()
    assert house.run(run).status is RunStatus.WAITING
    await decide_approval(house.platform, house.caller, approval.approval_id, Decision("approved"))
    assert (await house.end(run)).status is RunStatus.COMPLETED


async def test_an_expired_approval_cannot_be_decided(house: Any) -> None:
    _, approval = await asked(house)
    house.clock.advance(3601)
    with pytest.raises(Conflict, match="expired at 20"):
        await decide_approval(
            house.platform, house.caller, approval.approval_id, Decision("approved")
        )
    await expire_approvals(house.platform)
    with pytest.raises(Conflict, match="expired"):
        await decide_approval(
            house.platform, house.caller, approval.approval_id, Decision("approved")
        )


async def test_cancelling_a_run_withdraws_its_approvals(house: Any) -> None:
    run, approval = await asked(house)
    await cancel_run(house.platform, house.caller, run.run_id)
    await house.end(run)
    with pytest.raises(Conflict, match="withdrawn"):
        await decide_approval(
            house.platform, house.caller, approval.approval_id, Decision("approved")
        )


async def test_only_offered_choices_and_people_may_decide(house: Any) -> None:
    _, approval = await asked(house)
    tenant, user = house.caller.tenant_id, house.caller.user_id
    with pytest.raises(Invalid, match="choose one of approved, rejected"):
        await decide_approval(house.platform, house.caller, approval.approval_id, Decision("maybe"))
    with pytest.raises(PayloadTooLarge):
        big = Decision("approved", data="x" * 262_144)
        await decide_approval(house.platform, house.caller, approval.approval_id, big)
    key = Caller(tenant, user, Role.OWNER, "api_key")
    with pytest.raises(Forbidden):
        await decide_approval(house.platform, key, approval.approval_id, Decision("approved"))
    stranger = Caller("another", user, Role.OWNER, "session")
    with pytest.raises(NotFound):
        await decide_approval(house.platform, stranger, approval.approval_id, Decision("approved"))


async def test_the_task_token_never_shows(house: Any) -> None:
    _, approval = await asked(house)
    assert approval.token
    assert approval.token not in repr(approval)


async def test_many_waiting_runs_are_read_back_when_they_go_on(house: Any) -> None:
    first, approval = await asked(house)
    house.platform.projections.clear()
    await decide_approval(house.platform, house.caller, approval.approval_id, Decision("approved"))
    ended = await house.end(first)
    assert ended.output == {"y": "yes", "n": "SKIPPED"}
    events = house.events(first)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert house.platform.projections == {}
