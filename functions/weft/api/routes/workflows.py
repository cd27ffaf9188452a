"""Workflows: drafts with optimistic locking, publishing, versions."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import (
    DELETE_WORKFLOWS,
    READ_WORKFLOWS,
    WRITE_WORKFLOWS,
    Endpoint,
)
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
from weft.api.requests import CreateWorkflow, PublishWorkflow, SetStatus, UpdateWorkflow
from weft.api.views import (
    TriggerView,
    VersionSummary,
    VersionView,
    WorkflowSummary,
    WorkflowView,
    trigger_view,
    version_summary,
    version_view,
    workflow_summary,
    workflow_view,
)
from weft.operations.activate_workflow import activate_workflow, deactivate_workflow
from weft.operations.archive_workflow import archive_workflow as archive
from weft.operations.archive_workflow import restore_workflow as restore
from weft.operations.create_workflow import create_workflow as create
from weft.operations.get_workflow import get_version as version_of
from weft.operations.get_workflow import get_workflow as read
from weft.operations.get_workflow import list_triggers as triggers_of
from weft.operations.get_workflow import list_versions as versions_of
from weft.operations.list_workflows import list_workflows as list_all
from weft.operations.publish_workflow import publish_workflow as publish
from weft.operations.update_workflow import update_workflow as update


async def list_workflows(
    request: Request,
    search: Annotated[str, Query(max_length=200)] = "",
    archived: bool = False,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> Response:
    """Last saved first. `search` matches the name."""
    ask = asked(request)
    page = await list_all(
        ask.platform, ask.caller, page_request(cursor, limit), search=search, archived=archived
    )
    return Json(page_view(page, [workflow_summary(item) for item in page.items]))


async def create_workflow(request: Request, body: CreateWorkflow) -> Response:
    """A new draft. Problems of wiring are kept with it; only publishing needs it whole."""
    ask = asked(request)
    made = await create(
        ask.platform, ask.caller, body.name, description=body.description, graph=body.graph
    )
    return Json(workflow_view(made), 201)


async def get_workflow(request: Request, workflow_id: str) -> Response:
    """The workflow with its draft."""
    ask = asked(request)
    return Json(workflow_view(await read(ask.platform, ask.caller, workflow_id)))


async def update_workflow(request: Request, workflow_id: str, body: UpdateWorkflow) -> Response:
    """Save the draft. 409 if somebody saved since the named revision."""
    ask = asked(request)
    saved = await update(
        ask.platform,
        ask.caller,
        workflow_id,
        body.revision,
        name=body.name,
        description=body.description,
        graph=body.graph,
    )
    return Json(workflow_view(saved))


async def patch_workflow(request: Request, workflow_id: str, body: UpdateWorkflow) -> Response:
    """The same as PUT: what is left out stays as it is."""
    return await update_workflow(request, workflow_id, body)


async def archive_workflow(request: Request, workflow_id: str) -> Response:
    """Archive it: its triggers stop, its history stays."""
    ask = asked(request)
    return Json(workflow_summary(await archive(ask.platform, ask.caller, workflow_id)))


async def restore_workflow(request: Request, workflow_id: str) -> Response:
    """Bring an archived workflow back, inactive."""
    ask = asked(request)
    return Json(workflow_summary(await restore(ask.platform, ask.caller, workflow_id)))


async def set_status(request: Request, workflow_id: str, body: SetStatus) -> Response:
    """Turn the triggers of the published version on or off."""
    ask = asked(request)
    change = activate_workflow if body.active else deactivate_workflow
    return Json(workflow_summary(await change(ask.platform, ask.caller, workflow_id)))


async def publish_workflow(
    request: Request, workflow_id: str, body: PublishWorkflow | None = None
) -> Response:
    """Compile the draft and make it the live version. 422 lists every problem at its node."""
    ask = asked(request)
    wish = body or PublishWorkflow()
    version = await publish(
        ask.platform,
        ask.caller,
        workflow_id,
        revision=wish.revision,
        change_message=wish.change_message,
        optimise=wish.optimise,
        futures=wish.futures,
    )
    return Json(version_summary(version), 201)


async def list_versions(request: Request, workflow_id: str) -> Response:
    """Published versions, newest first."""
    ask = asked(request)
    found = await versions_of(ask.platform, ask.caller, workflow_id)
    return Json({"items": [version_summary(item) for item in found]})


async def get_version(request: Request, workflow_id: str, version: int) -> Response:
    """A published version with its graph and the state machine it compiled to."""
    ask = asked(request)
    return Json(version_view(await version_of(ask.platform, ask.caller, workflow_id, version)))


async def list_triggers(request: Request, workflow_id: str) -> Response:
    """What starts runs of the live version, with the addresses of its webhooks."""
    ask = asked(request)
    found = await triggers_of(ask.platform, ask.caller, workflow_id)
    return Json({"items": [trigger_view(item) for item in found]})


async def activate_version(request: Request, workflow_id: str, version: int) -> Response:
    """Make an earlier version live again."""
    ask = asked(request)
    live = await activate_workflow(ask.platform, ask.caller, workflow_id, version=version)
    return Json(workflow_summary(live))


_ONE = "/workflows/{workflow_id}"
ENDPOINTS = (
    Endpoint("GET", "/workflows", list_workflows, READ_WORKFLOWS, PageView[WorkflowSummary]),
    Endpoint("POST", "/workflows", create_workflow, WRITE_WORKFLOWS, WorkflowView, 201),
    Endpoint("GET", _ONE, get_workflow, READ_WORKFLOWS, WorkflowView),
    Endpoint("PUT", _ONE, update_workflow, WRITE_WORKFLOWS, WorkflowView),
    Endpoint("PATCH", _ONE, patch_workflow, WRITE_WORKFLOWS, WorkflowView),
    Endpoint("DELETE", _ONE, archive_workflow, DELETE_WORKFLOWS, WorkflowSummary),
    Endpoint("POST", f"{_ONE}/restore", restore_workflow, DELETE_WORKFLOWS, WorkflowSummary),
    Endpoint("PUT", f"{_ONE}/status", set_status, WRITE_WORKFLOWS, WorkflowSummary),
    Endpoint("POST", f"{_ONE}/publish", publish_workflow, WRITE_WORKFLOWS, VersionSummary, 201),
    Endpoint("GET", f"{_ONE}/triggers", list_triggers, READ_WORKFLOWS, ListView[TriggerView]),
    Endpoint("GET", f"{_ONE}/versions", list_versions, READ_WORKFLOWS, ListView[VersionSummary]),
    Endpoint("GET", f"{_ONE}/versions/{{version}}", get_version, READ_WORKFLOWS, VersionView),
    Endpoint(
        "POST",
        f"{_ONE}/versions/{{version}}/activate",
        activate_version,
        WRITE_WORKFLOWS,
        WorkflowSummary,
    ),
)
