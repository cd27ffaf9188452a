"""Turn a workflow's triggers on or off, and choose which published version they start."""

from dataclasses import replace

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict
from weft.domain.workflow import Workflow
from weft.operations.platform import Platform
from weft.operations.triggers import bindings_of


async def activate_workflow(
    platform: Platform, caller: Caller, workflow_id: str, *, version: int | None = None
) -> Workflow:
    """Makes `version` (None: the one published last) live. Rolling back is activating an old one.

    Raises `NotFound`, and `Conflict` if nothing was published or the workflow is archived.
    """
    caller.require(Role.EDITOR, Scope.WORKFLOWS_WRITE)
    workflows = platform.store.workflows
    found = workflows.get(caller.tenant_id, workflow_id)
    if found.archived:
        raise Conflict("this workflow is archived; restore it first")
    number = version if version is not None else found.published_version
    if number is None:
        raise Conflict("this workflow has never been published; publish it first")
    live = workflows.get_version(caller.tenant_id, workflow_id, number)
    changed = replace(found, active=True, published_version=number)
    with platform.store.transaction():
        workflows.save(changed, expected_revision=found.revision)
        workflows.set_triggers(caller.tenant_id, workflow_id, bindings_of(platform.catalogue, live))
    return changed


async def deactivate_workflow(platform: Platform, caller: Caller, workflow_id: str) -> Workflow:
    """Triggers start nothing any more; runs under way go on. Raises `NotFound`."""
    caller.require(Role.EDITOR, Scope.WORKFLOWS_WRITE)
    workflows = platform.store.workflows
    found = workflows.get(caller.tenant_id, workflow_id)
    changed = replace(found, active=False)
    with platform.store.transaction():
        workflows.save(changed, expected_revision=found.revision)
        workflows.set_triggers(caller.tenant_id, workflow_id, ())
    return changed
