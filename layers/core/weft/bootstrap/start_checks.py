"""What must hold before a data folder is used: what would start well and lose something is said."""

import logging
from pathlib import Path
from typing import Final

from weft.domain.errors import Invalid, StorageUnavailable, VaultUnreadable
from weft.ports.store import Store
from weft.ports.vault import Vault

LOG: Final = logging.getLogger("weft.start")


def check_key_file(home: Path, key_file: Path) -> None:
    """Raises `Invalid` for a key file in the data folder, whose copies would open themselves."""
    if key_file.resolve().is_relative_to(home.resolve()):
        raise Invalid(
            f"{key_file}: the key file must not lie in the data folder, because a copy of the "
            "folder would hold secrets and their key; set WEFT_KEY_FILE to another place"
        )


def check_store(store: Path, journal: Path) -> None:
    """Raises `StorageUnavailable` for a journal alone: the store, made first, has been lost.

    Starting would look like a first start, and would forget whom the waiting runs belong to.
    """
    if _size(journal) and not _size(store):
        raise StorageUnavailable(
            f"{store} is missing or empty, but {journal} is not: restore it from a backup, or set "
            "WEFT_HOME to another folder"
        )


def say_what_stays_sealed(store: Store, vault: Vault, key_file: Path) -> None:
    """Logs it: a missing key file is made anew, another one is read, and both look like a start."""
    closed = []
    for tenant in store.directory.list_tenants():
        for held in store.credentials.list(tenant.tenant_id):
            sealed = store.credentials.sealed(tenant.tenant_id, held.credential_id)
            try:
                vault.unseal(tenant.tenant_id, held.credential_id, sealed)
            except VaultUnreadable:
                closed.append(held.name)
    if closed:
        LOG.error(
            "%s does not open these credentials: %s. Restore the key file that they were added "
            "with, or remove them and add them again; steps that use them are refused",
            key_file,
            ", ".join(closed),
        )


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
