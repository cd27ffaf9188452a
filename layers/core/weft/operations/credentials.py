"""Add, list, test and remove credentials. No operation ever returns a secret value."""

import re
from collections.abc import Sequence

from weft.domain.caller import Caller, Role, Scope
from weft.domain.credential import Credential, CredentialCheck, NewCredential
from weft.domain.errors import Conflict, Invalid, VaultUnreadable
from weft.nodekit.node_type import CredentialType
from weft.operations.platform import Platform


def list_credential_types(platform: Platform) -> Sequence[CredentialType]:
    """Every credential type some node type asks for, by name."""
    found: dict[str, CredentialType] = {}
    for name in platform.catalogue.names():
        node_type = platform.catalogue.find(name)
        for credential_type in node_type.credentials if node_type else ():
            found.setdefault(credential_type.name, credential_type)
    return [found[name] for name in sorted(found)]


async def add_credential(platform: Platform, caller: Caller, new: NewCredential) -> Credential:
    """Seals and stores it. Raises `Invalid` naming the field, `Conflict` for a name in use."""
    caller.require(Role.ADMIN, Scope.CREDENTIALS_WRITE)
    kind = _type_of(platform, new.type)
    problem = _problem(kind, new)
    if problem is not None:
        raise Invalid(problem)
    credential = Credential(
        tenant_id=caller.tenant_id,
        credential_id=platform.new_id(),
        name=new.name,
        type=new.type,
        allowed_hosts=tuple(host.lower() for host in new.allowed_hosts or kind.hosts),
        created_at=platform.now(),
        created_by=caller.user_id,
    )
    sealed = platform.vault.seal(credential.tenant_id, credential.credential_id, new.values)
    platform.store.credentials.add(credential, sealed)
    return credential


async def list_credentials(platform: Platform, caller: Caller) -> Sequence[Credential]:
    """Metadata, by name."""
    caller.require(Role.VIEWER, Scope.CREDENTIALS_READ)
    return platform.store.credentials.list(caller.tenant_id)


async def test_credential(
    platform: Platform, caller: Caller, credential_id: str
) -> CredentialCheck:
    """Whether the vault can open it and it has every field its type needs. Raises `NotFound`."""
    caller.require(Role.ADMIN, Scope.CREDENTIALS_WRITE)
    credential = platform.store.credentials.get(caller.tenant_id, credential_id)
    kind = _type_of(platform, credential.type)
    sealed = platform.store.credentials.sealed(caller.tenant_id, credential_id)
    try:
        values = platform.vault.unseal(caller.tenant_id, credential_id, sealed)
    except VaultUnreadable as error:
        return CredentialCheck(False, str(error))
    held = NewCredential(credential.name, credential.type, values, credential.allowed_hosts)
    problem = _problem(kind, held)
    if problem is not None:
        return CredentialCheck(False, problem)
    return CredentialCheck(True, "the credential can be opened and is complete")


async def remove_credential(platform: Platform, caller: Caller, credential_id: str) -> None:
    """Removes it. Raises `NotFound`, and `Conflict` while an active workflow names it."""
    caller.require(Role.ADMIN, Scope.CREDENTIALS_WRITE)
    platform.store.credentials.get(caller.tenant_id, credential_id)
    users = platform.store.workflows.naming_credential(caller.tenant_id, credential_id)
    if users:
        raise Conflict(f"this credential is used by {', '.join(users)}; deactivate it there first")
    platform.store.credentials.remove(caller.tenant_id, credential_id)


def _type_of(platform: Platform, name: str) -> CredentialType:
    for kind in list_credential_types(platform):
        if kind.name == name:
            return kind
    raise Invalid(f"there is no credential type {name!r}")


# A name, an address, or every name below one, perhaps with a port; never every host there is.
_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"((\*\.)?{_LABEL}(\.{_LABEL})+|localhost)(:[0-9]{{1,5}})?")


def _problem(kind: CredentialType, held: NewCredential) -> str | None:
    """What is missing or too much, in a sentence that shows no value."""
    known = {field.name for field in kind.fields}
    for name in held.values:
        if name not in known:
            return f"a credential of type {kind.name} has no field {name!r}"
    for field in kind.fields:
        if field.required and not held.values.get(field.name):
            return f"the field {field.name!r} is missing"
    for host in held.allowed_hosts:
        if not _HOST.fullmatch(host.lower()):
            return f"{host!r} is not a host; write api.example.com or *.example.com"
    if not held.allowed_hosts and not kind.hosts:
        return "name at least one host that this credential may be sent to"
    return None
