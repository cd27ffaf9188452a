"""Create a workflow from a graph, or an empty one."""

from weft.domain.caller import Caller, Role, Scope
from weft.domain.workflow import JsonObject, Workflow
from weft.operations.drafts import checked_draft
from weft.operations.platform import Platform


async def create_workflow(
    platform: Platform,
    caller: Caller,
    name: str,
    *,
    description: str = "",
    graph: JsonObject | None = None,
) -> Workflow:
    """Raises `Invalid` for a document that is not a `weft/1` graph; problems of wiring are fine."""
    caller.require(Role.EDITOR, Scope.WORKFLOWS_WRITE)
    now = platform.now()
    workflow_id = platform.new_id()
    workflow = Workflow(
        tenant_id=caller.tenant_id,
        workflow_id=workflow_id,
        name=name,
        description=description,
        graph=checked_draft(graph or {}, workflow_id, name, description),
        revision=1,
        published_version=None,
        active=False,
        archived=False,
        created_at=now,
        updated_at=now,
        created_by=caller.user_id,
    )
    platform.store.workflows.add(workflow)
    return workflow
