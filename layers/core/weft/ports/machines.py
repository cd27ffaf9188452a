"""Publishes compiled workflows and runs them: Step Functions, or the embedded engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from weft.domain.child_machine import ChildMachine

Json: TypeAlias = Any


class HistoryEvent(Protocol):
    """One line of an execution's history, as GetExecutionHistory gives it.

    `id` counts from 1 within an execution; `timestamp` is seconds since 1970. `type` is AWS's name
    (`TaskStateEntered`), `details` that type's detail object (`name`, `input`, `output`, `error`,
    `cause` …) with JSON as values, not text. `path` names the Map iterations and Parallel branches
    around the event as (state name, index), outermost first. `execution` is empty for the run's
    own events; those of a machine that the run started have a name of that execution, no two of a
    run the same. The input of such an execution, in its `ExecutionStarted`, names in `path` the
    items of the loops around it (`0.2`, or nothing).
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
    @property
    def execution(self) -> str: ...


HistoryListener: TypeAlias = Callable[[str, Sequence[HistoryEvent]], None]
"""Called with the run's id and new events, at least once: those of the run and of every execution
that it started, directly or not, in one order, which is the order that `history` gives."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What the host knows of an execution. `status` is AWS's word (`RUNNING`, `SUCCEEDED` …)."""

    execution_id: str
    status: str


class StateMachineHost(Protocol):
    """Raises `HostRejected` for what it will not do and `NotFound` for what it does not have."""

    async def publish(
        self, name: str, definition: Mapping[str, Json], children: Mapping[str, ChildMachine]
    ) -> str:
        """Makes a state machine and returns its id; the same name and definition: the same id.

        First it makes the children, and puts its names for them where a definition has
        `machine:<child>`. Which executions belong to a run is told by their names: they begin
        with the run's id and a dot, or on hosts where names may repeat, are the run's id.
        """
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

    async def history(self, execution_id: str) -> Sequence[HistoryEvent]:
        """All events so far of a run's execution and of those it started, in the order in which
        they are told to the listener; asked again, the same ones come in the same order."""
        ...
