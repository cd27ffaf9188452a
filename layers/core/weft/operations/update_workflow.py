"""Save a workflow's draft, name or description."""

from dataclasses import replace

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict
from weft.domain.workflow import JsonObject, Workflow
from weft.operations.drafts import checked_draft
from weft.operations.platform import Platform


async def update_workflow(
    platform: Platform,
    caller: Caller,
    workflow_id: str,
    revision: int,
    *,
    name: str | None = None,
    description: str | None = None,
    graph: JsonObject | None = None,
) -> Workflow:
    """`revision` is the one the change started from. Raises `Conflict` if it is not the latest."""
    caller.require(Role.EDITOR, Scope.WORKFLOWS_WRITE)
    found = platform.store.workflows.get(caller.tenant_id, workflow_id)
    if found.archived:
        raise Conflict("this workflow is archived; restore it before editing")
    title = found.name if name is None else name
    text = found.description if description is None else description
    saved = replace(
        found,
        name=title,
        description=text,
        graph=checked_draft(found.graph if graph is None else graph, workflow_id, title, text),
        revision=revision + 1,
        updated_at=platform.now(),
    )
    platform.store.workflows.save(saved, expected_revision=revision)
    return saved
