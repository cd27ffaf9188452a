"""Say what is wrong with a graph, without running or storing anything of it (rule 2)."""

from collections.abc import Sequence

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import CompileError, Diagnostic
from weft.domain.workflow import JsonObject
from weft.operations.compilation import compiled
from weft.operations.platform import Platform


async def validate_graph(
    platform: Platform, caller: Caller, graph: JsonObject
) -> Sequence[Diagnostic]:
    """All diagnostics; the graph can be published if none of them is an error."""
    caller.require(Role.VIEWER, Scope.WORKFLOWS_READ)
    try:
        return compiled(platform, caller.tenant_id, graph).diagnostics
    except CompileError as error:
        return error.diagnostics
