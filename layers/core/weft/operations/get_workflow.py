"""Read one workflow, or one of its published versions."""

from collections.abc import Sequence

from weft.domain.caller import Caller, Role, Scope
from weft.domain.workflow import PublishedVersion, TriggerBinding, Workflow
from weft.operations.platform import Platform
from weft.operations.triggers import bindings_of


async def get_workflow(platform: Platform, caller: Caller, workflow_id: str) -> Workflow:
    """Raises `NotFound`, for another tenant's workflow too."""
    caller.require(Role.VIEWER, Scope.WORKFLOWS_READ)
    return platform.store.workflows.get(caller.tenant_id, workflow_id)


async def get_version(
    platform: Platform, caller: Caller, workflow_id: str, version: int
) -> PublishedVersion:
    """Raises `NotFound`."""
    caller.require(Role.VIEWER, Scope.WORKFLOWS_READ)
    return platform.store.workflows.get_version(caller.tenant_id, workflow_id, version)


async def list_versions(
    platform: Platform, caller: Caller, workflow_id: str
) -> Sequence[PublishedVersion]:
    """Newest first. Raises `NotFound` if there is no such workflow."""
    caller.require(Role.VIEWER, Scope.WORKFLOWS_READ)
    platform.store.workflows.get(caller.tenant_id, workflow_id)
    return platform.store.workflows.list_versions(caller.tenant_id, workflow_id)


async def list_triggers(
    platform: Platform, caller: Caller, workflow_id: str
) -> Sequence[TriggerBinding]:
    """What starts runs of the live version now; nothing while it is not active.

    Raises `NotFound` if there is no such workflow.
    """
    found = await get_workflow(platform, caller, workflow_id)
    if found.published_version is None or not found.active:
        return ()
    live = platform.store.workflows.get_version(
        caller.tenant_id, workflow_id, found.published_version
    )
    return bindings_of(platform.catalogue, live)
