"""Where workflows, their published versions and their trigger bindings are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from weft.domain.page import Page, PageRequest
from weft.domain.workflow import PublishedVersion, TriggerBinding, Workflow


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a workflow, what decides whether a run of it may start, and of which version."""

    published_version: int | None
    active: bool
    archived: bool


class Workflows(Protocol):
    """Every read and write is keyed by the tenant. Raises `StorageUnavailable`."""

    def add(self, workflow: Workflow) -> None:
        """Raises `Conflict` if the id exists."""
        ...

    def get(self, tenant_id: str, workflow_id: str) -> Workflow:
        """Raises `NotFound`."""
        ...

    def standing(self, tenant_id: str, workflow_id: str) -> Standing:
        """Without reading the draft, which may be large. Raises `NotFound`."""
        ...

    def save(self, workflow: Workflow, expected_revision: int) -> None:
        """Raises `Conflict` if somebody saved in between, `NotFound` if it does not exist."""
        ...

    def list(
        self, tenant_id: str, page: PageRequest, *, search: str = "", archived: bool = False
    ) -> Page[Workflow]:
        """Last saved first. `search` matches the name."""
        ...

    def add_version(self, version: PublishedVersion) -> None:
        """Raises `Conflict` if that number is taken; versions never change."""
        ...

    def get_version(self, tenant_id: str, workflow_id: str, version: int) -> PublishedVersion:
        """Raises `NotFound`."""
        ...

    def list_versions(self, tenant_id: str, workflow_id: str) -> Sequence[PublishedVersion]:
        """Newest first."""
        ...

    def set_triggers(
        self, tenant_id: str, workflow_id: str, bindings: Sequence[TriggerBinding]
    ) -> None:
        """Replaces all bindings of the workflow."""
        ...

    def find_webhooks(self, workflow_id: str) -> Sequence[TriggerBinding]:
        """The active webhook triggers of a workflow, in whatever tenant: a hook's URL names only
        the workflow, whose id cannot be guessed."""
        ...

    def list_triggers(self, type: str) -> Sequence[TriggerBinding]:
        """All active bindings of a trigger type, in all tenants: for the scheduler."""
        ...

    def naming_credential(self, tenant_id: str, credential_id: str) -> Sequence[str]:
        """Names of active workflows whose published graph mentions the credential, or whose
        manifest does: a step of a workflow that is called uses it."""
        ...
