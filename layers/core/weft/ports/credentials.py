"""Where credentials are kept: metadata, and the sealed secret beside it."""

from collections.abc import Sequence
from typing import Protocol

from weft.domain.credential import Credential


class Credentials(Protocol):
    """Every read and write is keyed by the tenant."""

    def add(self, credential: Credential, sealed: bytes) -> None:
        """Raises `Conflict` if the name is in use."""
        ...

    def get(self, tenant_id: str, credential_id: str) -> Credential:
        """Raises `NotFound`."""
        ...

    def sealed(self, tenant_id: str, credential_id: str) -> bytes:
        """The sealed secret; only the vault can open it. Raises `NotFound`."""
        ...

    def list(self, tenant_id: str) -> Sequence[Credential]:
        """By name."""
        ...

    def touch(self, tenant_id: str, credential_id: str, used_at: int) -> None:
        """Notes a use."""
        ...

    def remove(self, tenant_id: str, credential_id: str) -> None:
        """Removes metadata and secret. Raises `NotFound`."""
        ...
