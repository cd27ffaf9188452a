"""What an endpoint is, who may use it, and the exact list of those open to everybody."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from weft.domain.caller import Role, Scope

BASE: Final = "/api/v1"
HOOKS: Final = "/hooks/"

# Method and path, exactly. Webhooks are authorised by their own trigger; see `weft.triggers`.
OPEN: Final = frozenset(
    {
        ("GET", f"{BASE}/health"),
        ("POST", f"{BASE}/auth/redeem"),
        ("POST", f"{BASE}/auth/refresh"),
        ("POST", f"{BASE}/auth/logout"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
    }
)
OPENAPI: Final = f"{BASE}/openapi.json"  # open or not by the options


@dataclass(frozen=True, slots=True)
class Access:
    """The least role, and the scope an API key needs on top."""

    role: Role
    scope: Scope

    def describe(self) -> dict[str, str]:
        """As the OpenAPI document shows it."""
        return {"role": self.role.value, "scope": self.scope.value}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path below the base. `access` None: it must be in `OPEN`.

    `answer` is the type of the 2xx body, for the OpenAPI document; nothing is validated by it.
    """

    method: str
    path: str
    call: Callable[..., Awaitable[Response]]
    access: Access | None
    answer: Any = None
    status: int = 200
    also: tuple[int, ...] = ()  # other statuses with the same body
    base: str = BASE
    tag: str = ""
    first: bool = False  # asked so often that it is tried first; no other path may look like it


READ_WORKFLOWS: Final = Access(Role.VIEWER, Scope.WORKFLOWS_READ)
WRITE_WORKFLOWS: Final = Access(Role.EDITOR, Scope.WORKFLOWS_WRITE)
DELETE_WORKFLOWS: Final = Access(Role.ADMIN, Scope.WORKFLOWS_WRITE)
READ_RUNS: Final = Access(Role.VIEWER, Scope.RUNS_READ)
WRITE_RUNS: Final = Access(Role.EDITOR, Scope.RUNS_WRITE)
READ_CREDENTIALS: Final = Access(Role.ADMIN, Scope.CREDENTIALS_READ)
WRITE_CREDENTIALS: Final = Access(Role.ADMIN, Scope.CREDENTIALS_WRITE)
MANAGE_KEYS: Final = Access(Role.ADMIN, Scope.KEYS_WRITE)
