"""Lets a throwaway platform use the credentials of a home, without the home's server or lock."""

from pathlib import Path

from weft.adapters.embedded.store import SqliteStore
from weft.operations.platform import Platform


def lend_credentials(home: Path, platform: Platform) -> None:
    """Copies tenants, owners and sealed credentials of `home` into the platform's empty store.

    Its vault must be the home's: a secret stays sealed, and bound to its tenant and id.
    Raises `StorageUnavailable`.
    """
    path = home / "weft.sqlite"
    if not path.exists():
        return
    theirs = SqliteStore(path)
    try:
        with platform.store.transaction():
            _copy(theirs, platform)
    finally:
        theirs.close()


def _copy(theirs: SqliteStore, platform: Platform) -> None:
    for tenant in theirs.directory.list_tenants():
        users = theirs.directory.list_users(tenant.tenant_id)
        if not users:
            continue
        platform.store.directory.add_tenant(tenant, users[0])
        for credential in theirs.credentials.list(tenant.tenant_id):
            sealed = theirs.credentials.sealed(tenant.tenant_id, credential.credential_id)
            platform.store.credentials.add(credential, sealed)
