"""Open the credential a webhook trigger names, to check who is calling (rule 8)."""

from weft.domain.credential import ResolvedSecret
from weft.domain.errors import NotFound
from weft.domain.workflow import TriggerBinding
from weft.operations.platform import Platform


def open_trigger_secret(platform: Platform, binding: TriggerBinding) -> ResolvedSecret | None:
    """The opened values; None when the trigger names no credential or it was removed.

    Only the credential in the published trigger's own config can be opened this way.
    """
    credential_id = binding.config.get("credential")
    if not isinstance(credential_id, str):
        return None
    credentials = platform.store.credentials
    try:
        found = credentials.get(binding.tenant_id, credential_id)
        sealed = credentials.sealed(binding.tenant_id, credential_id)
    except NotFound:
        return None
    values = platform.vault.unseal(binding.tenant_id, credential_id, sealed)
    credentials.touch(binding.tenant_id, credential_id, platform.now())
    return ResolvedSecret(found.credential_id, found.type, values, found.allowed_hosts)
