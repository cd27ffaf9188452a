"""List a tenant's workflows."""

from weft.domain.caller import Caller, Role, Scope
from weft.domain.page import Page, PageRequest
from weft.domain.workflow import Workflow
from weft.operations.platform import Platform


async def list_workflows(
    platform: Platform,
    caller: Caller,
    page: PageRequest,
    *,
    search: str = "",
    archived: bool = False,
) -> Page[Workflow]:
    """Last saved first."""
    caller.require(Role.VIEWER, Scope.WORKFLOWS_READ)
    return platform.store.workflows.list(caller.tenant_id, page, search=search, archived=archived)
