"""The compiler as operations use it: a tenant's graph in, a checked flow or an artefact out."""

from weft.compiler.check import check
from weft.compiler.compile import compile_workflow
from weft.compiler.artefact import Artefact
from weft.domain.workflow import JsonObject
from weft.ir.flow import Flow
from weft.operations.platform import Platform


def credential_types(platform: Platform, tenant_id: str) -> dict[str, str]:
    """The type of each of the tenant's credentials, by id: all the compiler may know of them."""
    return {c.credential_id: c.type for c in platform.store.credentials.list(tenant_id)}


def compiled(platform: Platform, tenant_id: str, graph: JsonObject) -> Artefact:
    """Raises `CompileError` with all problems at once."""
    return compile_workflow(graph, platform.catalogue, credential_types(platform, tenant_id))


def checked_flow(platform: Platform, tenant_id: str, graph: JsonObject) -> Flow:
    """The flow of a graph. Raises `CompileError`."""
    return check(graph, platform.catalogue, credential_types(platform, tenant_id))
