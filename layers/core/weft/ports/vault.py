"""Seals secrets for storage and opens them; the keys never leave the adapter."""

from collections.abc import Mapping
from typing import Protocol


class Vault(Protocol):
    """Envelope encryption: one data key per credential, wrapped by the key-encryption key."""

    def seal(self, tenant_id: str, credential_id: str, values: Mapping[str, str]) -> bytes:
        """Bytes that only `unseal` with the same tenant and credential id can read."""
        ...

    def unseal(self, tenant_id: str, credential_id: str, sealed: bytes) -> Mapping[str, str]:
        """Raises `VaultUnreadable` when the bytes, the binding or the key do not fit."""
        ...

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for another purpose (signing access tokens), stable over restarts."""
        ...
