"""Open a credential for one running step, and for nothing else (rule 8)."""

from dataclasses import dataclass

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import NotFound, StepRefused
from weft.operations.platform import Platform


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """Which step of which run asks for which credential.

    `node_id` None: a call of the host's own, which knows only its run; some node of the version
    names the credential then. A node of a called workflow is one of the version's.
    """

    tenant_id: str
    run_id: str
    node_id: str | None
    credential_id: str


async def resolve_secrets(platform: Platform, request: SecretRequest) -> ResolvedSecret:
    """The opened values with the hosts they may go to.

    Raises `StepRefused` unless the run is under way in that tenant and its version names that
    credential at that node.
    """
    try:
        run = platform.store.runs.get(request.tenant_id, request.run_id)
        version = platform.store.workflows.get_version(
            request.tenant_id, run.workflow_id, run.version
        )
    except NotFound as error:
        raise StepRefused("the step belongs to no run of this organization") from error
    if run.status.ended:
        raise StepRefused("the run has ended; its steps may not open credentials any more")
    named = {
        credential
        for node, credential in version.manifest["credentials"].items()
        if request.node_id in (None, node)
    }
    if request.credential_id not in named:
        who = f"the node {request.node_id}" if request.node_id else "the workflow"
        raise StepRefused(f"{who} does not name this credential")
    return _opened(platform, request)


def _opened(platform: Platform, request: SecretRequest) -> ResolvedSecret:
    credentials = platform.store.credentials
    try:
        found = credentials.get(request.tenant_id, request.credential_id)
        sealed = credentials.sealed(request.tenant_id, request.credential_id)
    except NotFound as error:
        raise StepRefused("the credential was removed; choose another one") from error
    values = platform.vault.unseal(request.tenant_id, request.credential_id, sealed)
    credentials.touch(request.tenant_id, request.credential_id, platform.now())
    return ResolvedSecret(found.credential_id, found.type, values, found.allowed_hosts)
