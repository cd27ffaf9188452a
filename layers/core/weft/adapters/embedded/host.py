"""The embedded engine behind the port of a state machine host."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from weft.asl.machines import innermost_first, resolved
from weft.domain.child_machine import ChildMachine
from weft.domain.errors import HostRejected, Invalid, NotFound
from weft.engine.attempts import Invoke
from weft.engine.clock import Clock
from weft.engine.engine import Engine
from weft.engine.errors import (
    DefinitionInvalid,
    ExecutionExists,
    ExecutionNotFound,
    MachineExists,
    TaskTimedOut,
    TaskTokenInvalid,
)
from weft.engine.events import HistoryEvent as EngineEvent
from weft.engine.jsonata import Jsonata
from weft.ports.machines import Execution, HistoryEvent, HistoryListener


class EmbeddedHost:
    """See `weft.ports.machines`. The engine names an execution `<machine>:<run id>`."""

    def __init__(
        self, folder: Path, *, invoke: Invoke, jsonata: Jsonata, clock: Clock | None = None
    ) -> None:
        self._listener: HistoryListener | None = None
        self._engine = Engine(
            folder, invoke=invoke, jsonata=jsonata, clock=clock, on_events=self._tell
        )

    def listen(self, listener: HistoryListener) -> None:
        """Where to report what happens; once, before `open`."""
        self._listener = listener

    def _tell(self, execution_id: str, events: Sequence[EngineEvent]) -> None:
        if self._listener is not None:
            run_id = _name(execution_id).partition(".")[0]
            self._listener(run_id, [_told(execution_id, event) for event in events])

    async def open(self) -> None:
        """Goes on with what was under way. Raises `StorageUnavailable`."""
        await self._engine.open()

    async def close(self) -> None:
        """Parks what is under way."""
        await self._engine.close()

    async def publish(
        self, name: str, definition: Mapping[str, Any], children: Mapping[str, ChildMachine]
    ) -> str:
        made: dict[str, str] = {}
        try:
            for child in innermost_first({key: c.definition for key, c in children.items()}):
                held = children[child]
                text = resolved(held.definition, made)
                made[child] = self._engine.create_machine(f"{name}-{child}", text, held.type)
            return self._engine.create_machine(name, resolved(definition, made))
        except (DefinitionInvalid, MachineExists, Invalid) as error:
            raise HostRejected(str(error)) from error

    async def start(self, machine_id: str, run_id: str, payload: Any) -> str:
        try:
            return await self._engine.start_together(machine_id, run_id, payload)
        except ExecutionExists:
            return f"{machine_id}:{run_id}"  # a start repeated after a crash; it has even ended
        except (Invalid, NotFound) as error:
            raise HostRejected(str(error)) from error

    async def describe(self, execution_id: str) -> Execution | None:
        try:
            found = self._engine.describe(execution_id)
        except ExecutionNotFound:
            return None
        return Execution(found.id, found.status)

    async def cancel(self, execution_id: str, error: str, cause: str) -> None:
        self._engine.stop(execution_id, error, cause)

    async def resume(self, token: str, output: Any) -> bool:
        return self._answered(lambda: self._engine.send_task_success(token, output))

    async def fail(self, token: str, error: str, cause: str) -> bool:
        return self._answered(lambda: self._engine.send_task_failure(token, error, cause))

    @staticmethod
    def _answered(send: Callable[[], None]) -> bool:
        try:
            send()
        except (TaskTimedOut, TaskTokenInvalid):
            return False
        return True

    async def history(self, execution_id: str) -> Sequence[HistoryEvent]:
        family = list(_started(self._engine.history(execution_id)))
        for member in family:
            with contextlib.suppress(ExecutionNotFound):  # its start is journalled, no more
                family += _started(self._engine.history(member))
        family.insert(0, execution_id)
        return [_told(name, event) for name, event in self._engine.histories(family)]


def _name(execution_id: str) -> str:
    return execution_id.rpartition(":")[2]


def _told(execution_id: str, event: EngineEvent) -> EngineEvent:
    """Names of executions that a run started begin with the run's id and a dot."""
    name = _name(execution_id)
    return replace(event, execution=name) if "." in name else event


def _started(events: Sequence[EngineEvent]) -> Iterator[str]:
    for event in events:
        call = event.details.get("parameters")
        if event.type == "TaskScheduled" and isinstance(call, dict) and "StateMachineArn" in call:
            yield f"{call['StateMachineArn']}:{call['Name']}"
