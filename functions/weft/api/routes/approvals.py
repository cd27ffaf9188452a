"""Approvals: the inbox over all runs, and a person's answer."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import READ_RUNS, Access, Endpoint
from weft.api.answers import Json
from weft.api.asked import PAGE_SIZE, Asked, Cursor, Limit, PageView, asked, page_request, page_view
from weft.api.requests import Respond, RespondInRun
from weft.api.views import ApprovalView, approval_view
from weft.domain.approval import ApprovalStatus, Decision
from weft.domain.caller import Role, Scope
from weft.domain.errors import Conflict
from weft.domain.page import PageRequest
from weft.operations.decide_approval import decide_approval
from weft.operations.list_approvals import get_approval as read
from weft.operations.list_approvals import list_approvals as list_all

_DECIDE = Access(Role.EDITOR, Scope.APPROVALS_DECIDE)
_SYNONYMS = {"approve": "approved", "reject": "rejected"}
_NAMED = 5


async def list_approvals(
    request: Request,
    run_id: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[ApprovalStatus] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> Response:
    """Pending ones unless asked for others, newest first."""
    ask = asked(request)
    page = await list_all(
        ask.platform,
        ask.caller,
        page_request(cursor, limit),
        statuses=tuple(status or (ApprovalStatus.PENDING,)),
        run_id=run_id,
    )
    return Json(page_view(page, [approval_view(item) for item in page.items]))


async def get_approval(request: Request, approval_id: str) -> Response:
    """One question, with what the person may choose and fill in."""
    ask = asked(request)
    return Json(approval_view(await read(ask.platform, ask.caller, approval_id)))


async def respond_to_approval(request: Request, approval_id: str, body: Respond) -> Response:
    """Decide. The first decision stands; the run goes on where it waited."""
    return await _decide(asked(request), approval_id, body)


async def approve_in_run(
    request: Request, run_id: str, body: RespondInRun | None = None
) -> Response:
    """Decide the run's pending approval; name it where several are pending."""
    ask = asked(request)
    wish = body or RespondInRun()
    approval_id = wish.approval_id
    if approval_id is None:
        approval_id = _only_pending(ask, run_id)
    elif ask.platform.store.approvals.get(ask.caller.tenant_id, approval_id).run_id != run_id:
        raise Conflict("this approval belongs to another run")
    return await _decide(ask, approval_id, wish)


def _only_pending(ask: Asked, run_id: str) -> str:
    tenant = ask.caller.tenant_id
    ask.platform.store.runs.get(tenant, run_id)
    pending = ask.platform.store.approvals.list(
        tenant, PageRequest(limit=_NAMED), statuses=(ApprovalStatus.PENDING,), run_id=run_id
    ).items
    if not pending:
        raise Conflict("no approval of this run is pending")
    if len(pending) > 1:
        ids = ", ".join(item.approval_id for item in pending)
        raise Conflict(f"several approvals of this run are pending; name one of {ids}")
    return pending[0].approval_id


async def _decide(ask: Asked, approval_id: str, body: Respond) -> Response:
    offered = ask.platform.store.approvals.get(ask.caller.tenant_id, approval_id).options
    choice = body.decision
    if choice not in offered:
        choice = _SYNONYMS.get(choice, choice)
    decision = Decision(choice, body.comment, body.data)
    decided = await decide_approval(ask.platform, ask.caller, approval_id, decision)
    return Json(approval_view(decided))


_ONE = "/approvals/{approval_id}"
ENDPOINTS = (
    Endpoint("GET", "/approvals", list_approvals, READ_RUNS, PageView[ApprovalView]),
    Endpoint("GET", _ONE, get_approval, READ_RUNS, ApprovalView),
    Endpoint("POST", f"{_ONE}/respond", respond_to_approval, _DECIDE, ApprovalView),
    Endpoint(
        "POST", "/runs/{run_id}/approve", approve_in_run, _DECIDE, ApprovalView, tag="approvals"
    ),
)
