"""Runs: start, list, look into, cancel."""

from typing import Annotated

from fastapi import Header, Query
from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import READ_RUNS, WRITE_RUNS, Endpoint
from weft.api.answers import Json
from weft.api.asked import (
    PAGE_SIZE,
    Cursor,
    Limit,
    ListView,
    PageView,
    asked,
    page_request,
    page_view,
)
from weft.api.requests import CancelRun, ExecuteWorkflow
from weft.api.run_views import (
    EventView,
    LogView,
    RunSummary,
    RunView,
    StepView,
    event_view,
    log_view,
    run_summary,
    run_view,
    step_view,
)
from weft.domain.run import RunStatus, Trigger
from weft.operations.cancel_run import cancel_run as cancel
from weft.operations.get_run import get_run as read
from weft.operations.get_run import list_events, list_logs, list_runs, list_steps
from weft.operations.start_run import start_run
from weft.operations.wait_for_run import wait_for_run
from weft.ports.runs import RunFilter

_DEFAULT = ExecuteWorkflow()


async def execute_workflow(
    request: Request,
    workflow_id: str,
    body: ExecuteWorkflow | None = None,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Start a run of the live version. With `wait`: 200 if it ends in time, otherwise 202."""
    ask = asked(request)
    wish = body or _DEFAULT
    if wish.wait > 0:
        # Before anything starts: a key that may not read runs could not be answered.
        ask.caller.require(READ_RUNS.role, READ_RUNS.scope)
    kind = "manual" if ask.caller.via == "session" else "api"
    run = await start_run(
        ask.platform,
        ask.caller,
        workflow_id,
        Trigger(type=kind, data=wish.input, node=wish.trigger),
        version=wish.version,
        idempotency_key=wish.idempotency_key or idempotency_key,
    )
    if wish.wait > 0:
        run = await wait_for_run(ask.platform, ask.caller, run.run_id, timeout_seconds=wish.wait)
    answer = Json(run_view(run), 200 if run.status.ended else 202)
    answer.headers["location"] = f"/api/v1/runs/{run.run_id}"
    return answer


async def list_all_runs(
    request: Request,
    workflow_id: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[list[RunStatus] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> Response:
    """Runs of all workflows, newest first."""
    ask = asked(request)
    wanted = RunFilter(workflow_id=workflow_id, statuses=tuple(status or ()))
    page = await list_runs(ask.platform, ask.caller, page_request(cursor, limit), wanted)
    return Json(page_view(page, [run_summary(run) for run in page.items]))


async def list_workflow_runs(
    request: Request,
    workflow_id: str,
    status: Annotated[list[RunStatus] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> Response:
    """Runs of one workflow, newest first."""
    ask = asked(request)
    # Also for keys that may only read runs: whose workflow it is must be settled first.
    ask.platform.store.workflows.get(ask.caller.tenant_id, workflow_id)
    wanted = RunFilter(workflow_id=workflow_id, statuses=tuple(status or ()))
    page = await list_runs(ask.platform, ask.caller, page_request(cursor, limit), wanted)
    return Json(page_view(page, [run_summary(run) for run in page.items]))


async def get_run(request: Request, run_id: str) -> Response:
    """The run with what went in and what came out."""
    ask = asked(request)
    return Json(run_view(await read(ask.platform, ask.caller, run_id)))


async def get_steps(request: Request, run_id: str) -> Response:
    """Each node's part, in the order they started."""
    ask = asked(request)
    steps = await list_steps(ask.platform, ask.caller, run_id)
    return Json({"items": [step_view(step) for step in steps]})


async def get_logs(
    request: Request, run_id: str, cursor: Cursor = None, limit: Limit = PAGE_SIZE
) -> Response:
    """Lines the steps wrote, in order."""
    ask = asked(request)
    page = await list_logs(ask.platform, ask.caller, run_id, page_request(cursor, limit))
    return Json(page_view(page, [log_view(line) for line in page.items]))


async def get_events(
    request: Request,
    run_id: str,
    after: Annotated[int, Query(ge=0, description="The last `seq` already known.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 1_000,
) -> Response:
    """What happened, in order; ask again with the last `seq` for more."""
    ask = asked(request)
    events = await list_events(ask.platform, ask.caller, run_id, after=after, limit=limit)
    return Json({"items": [event_view(event) for event in events]})


async def cancel_run(request: Request, run_id: str, body: CancelRun | None = None) -> Response:
    """Stop a run; its pending approvals are withdrawn."""
    ask = asked(request)
    reason = body.reason if body else ""
    return Json(run_view(await cancel(ask.platform, ask.caller, run_id, reason=reason)))


_ONE = "/runs/{run_id}"
ENDPOINTS = (
    Endpoint(
        "POST",
        "/workflows/{workflow_id}/execute",
        execute_workflow,
        WRITE_RUNS,
        RunView,
        202,
        also=(200,),
        tag="runs",
        first=True,
    ),
    Endpoint(
        "GET",
        "/workflows/{workflow_id}/runs",
        list_workflow_runs,
        READ_RUNS,
        PageView[RunSummary],
        tag="runs",
    ),
    Endpoint("GET", "/runs", list_all_runs, READ_RUNS, PageView[RunSummary]),
    Endpoint("GET", _ONE, get_run, READ_RUNS, RunView, first=True),
    Endpoint("GET", f"{_ONE}/steps", get_steps, READ_RUNS, ListView[StepView]),
    Endpoint("GET", f"{_ONE}/logs", get_logs, READ_RUNS, PageView[LogView]),
    Endpoint("GET", f"{_ONE}/events", get_events, READ_RUNS, ListView[EventView]),
    Endpoint("POST", f"{_ONE}/cancel", cancel_run, WRITE_RUNS, RunView),
)
