"""The compiler as operations use it: a tenant's graph in, a checked flow or an artefact out."""

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow, flow_of
from weft.compiler.options import OPTIMAL, Options
from weft.compiler.parse import parse
from weft.domain.workflow import JsonObject
from weft.ir.flow import Flow
from weft.operations.credential_names import with_credential_ids
from weft.operations.platform import Platform


def compiled(
    platform: Platform, tenant_id: str, graph: JsonObject, *, options: Options = OPTIMAL
) -> Artefact:
    """Raises `CompileError` with all problems at once. Credentials may be named by name."""
    graph = with_credential_ids(platform, tenant_id, graph)
    types = {c.credential_id: c.type for c in platform.store.credentials.list(tenant_id)}
    return compile_workflow(graph, platform.catalogue, credentials=types, options=options)


def published_flow(platform: Platform, graph: JsonObject) -> Flow:
    """The flow of a published graph; credentials removed since do not matter."""
    return flow_of(parse(graph), platform.catalogue)
