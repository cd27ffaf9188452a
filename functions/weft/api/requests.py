"""What callers may send: closed models, in which server-owned fields do not exist."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from weft.api.options import MAX_WAIT_SECONDS
from weft.compiler.options import MOST_FUTURES
from weft.domain.caller import DEFAULT_SCOPES, Scope

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=10_000)]
GraphJson = Annotated[
    dict[str, Any], Field(description="A `weft/1` document: nodes, edges, variables, settings.")
]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CreateWorkflow(_Closed):
    """A new workflow, empty or from a graph."""

    name: Name
    description: Description = ""
    graph: GraphJson | None = None


class UpdateWorkflow(_Closed):
    """A change of a draft; `revision` is the one it started from."""

    revision: int = Field(ge=1)
    name: Name | None = None
    description: Description | None = None
    graph: GraphJson | None = None


class ValidateGraph(_Closed):
    """A graph to check; nothing is saved and nothing runs."""

    graph: GraphJson


class PublishWorkflow(_Closed):
    """`revision`: publish only if this is still the latest; None: the latest."""

    change_message: str = Field(default="", max_length=1_000)
    revision: int | None = Field(default=None, ge=1)
    optimise: bool = Field(default=True, description="False: a state for every node.")
    futures: int = Field(
        default=0,
        ge=0,
        le=MOST_FUTURES,
        description="At most so many nodes wait without a barrier.",
    )


class SetStatus(_Closed):
    """Whether the triggers of the published version start runs."""

    active: bool


class ExecuteWorkflow(_Closed):
    """A start: the input, where it enters, and how long the answer may wait for the end."""

    input: Any = None
    trigger: str | None = Field(default=None, max_length=64, description="Id of a trigger node.")
    version: int | None = Field(default=None, ge=1)
    wait: float = Field(default=0, ge=0, le=MAX_WAIT_SECONDS, description="Seconds.")
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)


class CancelRun(_Closed):
    """Why; it is shown with the run."""

    reason: str = Field(default="", max_length=1_000)


class Respond(_Closed):
    """A person's decision. `approved` and `rejected` stand for `approve` and `reject`."""

    decision: str = Field(min_length=1, max_length=100)
    comment: str = Field(default="", max_length=10_000)
    data: Any = None


class RespondInRun(Respond):
    """The same, addressed by run: `approval_id` is needed only where several are pending."""

    decision: str = Field(default="approved", min_length=1, max_length=100)
    approval_id: str | None = Field(default=None, max_length=100)


class CreateCredential(_Closed):
    """A secret for the vault; it is never shown again."""

    name: Name
    type: str = Field(min_length=1, max_length=64)
    values: dict[Annotated[str, Field(max_length=64)], SecretStr] = Field(max_length=32)
    allowed_hosts: tuple[Annotated[str, Field(min_length=1, max_length=253)], ...] = Field(
        default=(), max_length=50
    )


class CreateApiKey(_Closed):
    """A key for programs, with the least scopes it needs."""

    name: Name
    scopes: frozenset[Scope] = DEFAULT_SCOPES
    expires_in_days: int | None = Field(default=None, ge=1, le=3_650)


class Redeem(_Closed):
    """A one-time sign-in link's token."""

    token: SecretStr = Field(max_length=200)
    remember_me: bool = False
