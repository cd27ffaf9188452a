"""Archive a workflow: its triggers stop, its history stays (DM-06); restoring brings it back."""

from dataclasses import replace

from weft.domain.caller import Caller, Role, Scope
from weft.domain.workflow import Workflow
from weft.operations.platform import Platform


async def archive_workflow(platform: Platform, caller: Caller, workflow_id: str) -> Workflow:
    """Runs that are under way go on. Archiving twice is fine. Raises `NotFound`."""
    return _set_archived(platform, caller, workflow_id, archived=True)


async def restore_workflow(platform: Platform, caller: Caller, workflow_id: str) -> Workflow:
    """Comes back inactive. Raises `NotFound`."""
    return _set_archived(platform, caller, workflow_id, archived=False)


def _set_archived(
    platform: Platform, caller: Caller, workflow_id: str, *, archived: bool
) -> Workflow:
    caller.require(Role.ADMIN, Scope.WORKFLOWS_WRITE)
    workflows = platform.store.workflows
    found = workflows.get(caller.tenant_id, workflow_id)
    if found.archived == archived:
        return found
    changed = replace(
        found,
        archived=archived,
        active=False,
        revision=found.revision + 1,
        updated_at=platform.now(),
    )
    with platform.store.transaction():
        workflows.save(changed, expected_revision=found.revision)
        workflows.set_triggers(caller.tenant_id, workflow_id, ())
    return changed
