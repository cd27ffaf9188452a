"""Publishes compiled workflows and runs them: Step Functions, or the embedded engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = Any


class HistoryEvent(Protocol):
    """One line of an execution's history, as GetExecutionHistory gives it.

    `id` counts from 1 within an execution; `timestamp` is seconds since 1970. `type` is AWS's name
    (`TaskStateEntered`), `details` that type's detail object (`name`, `input`, `output`, `error`,
    `cause` …) with JSON as values, not text. `path` names the Map iterations and Parallel branches
    around the event as (state name, index), outermost first.
    """

    @property
    def id(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def timestamp(self) -> float: ...
    @property
    def previous_event_id(self) -> int: ...
    @property
    def path(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def details(self) -> Mapping[str, Json]: ...


HistoryListener: TypeAlias = Callable[[str, Sequence[HistoryEvent]], None]
"""Called with the execution's name (the run id) and new events, in order, at least once."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What the host knows of an execution. `status` is AWS's word (`RUNNING`, `SUCCEEDED` …)."""

    execution_id: str
    status: str


class StateMachineHost(Protocol):
    """Raises `HostRejected` for what it will not do and `NotFound` for what it does not have."""

    async def publish(self, name: str, definition: Mapping[str, Json]) -> str:
        """Makes a state machine and returns its id; the same name and definition: the same id."""
        ...

    async def start(self, machine_id: str, run_id: str, payload: Json) -> str:
        """Starts an execution named after the run; a second start of that name is the first."""
        ...

    async def describe(self, execution_id: str) -> Execution | None:
        """None when the host has no such execution."""
        ...

    async def cancel(self, execution_id: str, error: str, cause: str) -> None:
        """Stops an execution; one that has ended already stays as it is."""
        ...

    async def resume(self, token: str, output: Json) -> bool:
        """Answers a task token; False when nobody waits for it any more."""
        ...

    async def fail(self, token: str, error: str, cause: str) -> bool:
        """Fails a waiting task; False when nobody waits for it any more."""
        ...

    async def history(self, execution_id: str, after: int = 0) -> Sequence[HistoryEvent]:
        """All events with an id over `after`, in order."""
        ...
