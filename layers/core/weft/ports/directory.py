"""Where tenants, users, API keys, sessions and sign-in links are kept."""

from collections.abc import Sequence
from typing import Protocol

from weft.domain.access import ApiKey, Session, SignInLink, Tenant, User


class Directory(Protocol):
    """Look-ups by hash are the only ones without a tenant: they are how a tenant is proved."""

    def add_tenant(self, tenant: Tenant, owner: User) -> None:
        """Raises `Conflict` if the tenant exists."""
        ...

    def list_tenants(self) -> Sequence[Tenant]:
        """Oldest first."""
        ...

    def get_tenant(self, tenant_id: str) -> Tenant:
        """Raises `NotFound`."""
        ...

    def get_user(self, tenant_id: str, user_id: str) -> User:
        """Raises `NotFound`."""
        ...

    def list_users(self, tenant_id: str) -> Sequence[User]:
        """Oldest first."""
        ...

    def add_key(self, key: ApiKey) -> None: ...

    def get_key(self, tenant_id: str, key_id: str) -> ApiKey:
        """Raises `NotFound`."""
        ...

    def find_key(self, hash: str) -> ApiKey | None: ...

    def list_keys(self, tenant_id: str) -> Sequence[ApiKey]:
        """Newest first, revoked ones included."""
        ...

    def save_key(self, key: ApiKey) -> None:
        """Overwrites a key."""
        ...

    def add_session(self, session: Session) -> None: ...

    def get_session(self, tenant_id: str, session_id: str) -> Session:
        """Raises `NotFound`."""
        ...

    def find_session(self, refresh_hash: str) -> Session | None:
        """By its present or its previous refresh token's hash."""
        ...

    def rotate_session(self, session: Session, expected_hash: str) -> bool:
        """Saves it only if the stored refresh hash is `expected_hash`."""
        ...

    def add_link(self, link: SignInLink) -> None: ...

    def use_link(self, hash: str, now: int) -> SignInLink | None:
        """Marks an unused, unexpired link as used and returns it; None if there is none."""
        ...
