"""Where runs are kept, with their steps, events and log lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from weft.domain.page import Page, PageRequest
from weft.domain.run import LogLine, Run, RunStatus, Step
from weft.domain.run_event import RunEvent


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows; None: any."""

    workflow_id: str | None = None
    statuses: tuple[RunStatus, ...] = ()
    triggered_by: str | None = None
    created_after: int | None = None
    created_before: int | None = None


@dataclass(frozen=True, slots=True)
class RunCount:
    """Runs of one workflow: those that hold a slot (waiting ones hold none), and the queue."""

    active: int
    pending: int


class Runs(Protocol):
    """Every read and write is keyed by the tenant, but for recovery's `list_open`."""

    def add(self, run: Run) -> None:
        """Raises `Conflict` if the id exists."""
        ...

    def get(self, tenant_id: str, run_id: str) -> Run:
        """Raises `NotFound`."""
        ...

    def change(self, run: Run, expected: RunStatus) -> bool:
        """Saves it only if its stored status is `expected`; False if it is another."""
        ...

    def set_execution(self, tenant_id: str, run_id: str, execution_id: str) -> str | None:
        """Notes the host's id of the run; touches nothing else. Gives the reason if somebody has
        asked to stop the run meanwhile."""
        ...

    def request_cancel(self, tenant_id: str, run_id: str, reason: str) -> None:
        """Notes that somebody asked to stop the run; touches nothing else."""
        ...

    def list(self, tenant_id: str, page: PageRequest, filter: RunFilter) -> Page[Run]:
        """Newest first."""
        ...

    def count(self, tenant_id: str, workflow_id: str) -> RunCount:
        """How many runs are running and how many wait for a slot."""
        ...

    def oldest_pending(self, tenant_id: str, workflow_id: str, limit: int) -> Sequence[Run]:
        """Queued runs in the order they came."""
        ...

    def list_open(self) -> Sequence[Run]:
        """All runs of all tenants that have not ended, oldest first: for recovery and limits."""
        ...

    def find(self, run_id: str) -> Run | None:
        """A run by id alone, for the host's reports, which know no tenant."""
        ...

    def save_progress(
        self, run: Run, steps: Sequence[Step], events: Sequence[RunEvent], logs: Sequence[LogLine]
    ) -> None:
        """Stores what a projection found, all or nothing. Storing it again changes nothing.

        Leaves what `set_execution` and `request_cancel` wrote as it is.
        """
        ...

    def list_steps(self, tenant_id: str, run_id: str) -> Sequence[Step]:
        """In the order they started."""
        ...

    def list_events(
        self, tenant_id: str, run_id: str, after: int, limit: int
    ) -> Sequence[RunEvent]:
        """Events with `seq > after`, in order."""
        ...

    def list_logs(self, tenant_id: str, run_id: str, page: PageRequest) -> Page[LogLine]:
        """In order."""
        ...
