"""Who asks: the tenant every read and write is keyed by, the role, and how they proved it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from weft.domain.errors import Forbidden


class Role(StrEnum):
    """Owner > Admin > Editor > Viewer (AU-11)."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


_RANK = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2, Role.OWNER: 3}


class Scope(StrEnum):
    """What an API key may do (AU-04); sessions are limited by their role alone."""

    WORKFLOWS_READ = "workflows:read"
    WORKFLOWS_WRITE = "workflows:write"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    CREDENTIALS_READ = "credentials:read"
    CREDENTIALS_WRITE = "credentials:write"
    KEYS_WRITE = "keys:write"
    APPROVALS_DECIDE = "approvals:decide"  # never by default: decisions are for people (HI-12)


DEFAULT_SCOPES = frozenset({Scope.WORKFLOWS_READ, Scope.WORKFLOWS_WRITE, Scope.RUNS_READ})


@dataclass(frozen=True, slots=True)
class Caller:
    """One authenticated caller; there is no default identity."""

    tenant_id: str
    user_id: str
    role: Role
    via: Literal["session", "api_key", "system"]
    scopes: frozenset[Scope] = field(default_factory=frozenset)
    session_id: str | None = None

    def require(self, role: Role, scope: Scope) -> None:
        """Raises `Forbidden` unless the caller has at least the role, and a key has the scope."""
        if _RANK[self.role] < _RANK[role]:
            raise Forbidden(f"this needs the role {role.value}; yours is {self.role.value}")
        if self.via == "api_key" and scope not in self.scopes:
            raise Forbidden(f"this API key lacks the scope {scope.value}")

    def require_person(self) -> None:
        """Raises `Forbidden` for API keys: some decisions need a signed-in person (HI-12)."""
        if self.via == "api_key":
            raise Forbidden("this needs a signed-in person; an API key may not do it")


def system_caller(tenant_id: str) -> Caller:
    """The product acting for a tenant: webhooks, schedules, recovery."""
    return Caller(tenant_id, "system", Role.EDITOR, "system")
