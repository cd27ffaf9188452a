"""The compiler as operations use it: a tenant's graph in, a checked flow or an artefact out."""

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow, flow_of
from weft.compiler.options import OPTIMAL, Options
from weft.compiler.parse import parse
from weft.domain.workflow import JsonObject
from weft.ir.flow import Flow
from weft.operations.called_workflows import called_documents, with_pinned_calls
from weft.operations.credential_names import with_credential_ids
from weft.operations.platform import Platform


def compiled(
    platform: Platform,
    tenant_id: str,
    graph: JsonObject,
    *,
    workflow_id: str = "",
    options: Options = OPTIMAL,
) -> Artefact:
    """Raises `CompileError` with all problems at once. Credentials may be named by name, and calls
    that name no version run the live one. `workflow_id`: whose graph it is, where that is known."""
    graph = as_published(platform, tenant_id, graph)
    types = {c.credential_id: c.type for c in platform.store.credentials.list(tenant_id)}
    return compile_workflow(
        {**graph, "id": workflow_id} if workflow_id else graph,
        platform.catalogue,
        credentials=types,
        options=options,
        workflows=called_documents(platform, tenant_id, graph),
    )


def as_published(platform: Platform, tenant_id: str, graph: JsonObject) -> JsonObject:
    """What a version keeps of a draft: renaming or replacing a credential, or publishing what it
    calls, changes no version that exists."""
    return with_pinned_calls(platform, tenant_id, with_credential_ids(platform, tenant_id, graph))


def published_flow(platform: Platform, tenant_id: str, graph: JsonObject) -> Flow:
    """The flow of a published graph, with those of the versions that it calls; credentials removed
    since do not matter."""
    called = called_documents(platform, tenant_id, graph)
    return flow_of(parse(graph), platform.catalogue, called)
