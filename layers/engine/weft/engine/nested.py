"""Executions started by other executions, and the ones that wait for them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from weft.domain.errors import Invalid, NotFound, StorageUnavailable
from weft.engine.errors import ExecutionExists, StateFailure, WrongKind
from weft.engine.json import JsonValue
from weft.engine.resources.start_execution import StartExecution
from weft.engine.run import TASK, Frame, Run
from weft.engine.timestamps import iso

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.engine import Engine
    from weft.engine.execution import Execution


# What the API calls the engine's refusals, the special before the general.
REFUSALS = {
    ExecutionExists: "ExecutionAlreadyExists",
    WrongKind: "StateMachineTypeNotSupported",
    NotFound: "StateMachineDoesNotExist",
    Invalid: "InvalidExecutionInput",
}
STOPPED = "The execution that waited for this one has ended."


class NestedRuns:
    """Starts nested executions once the parent's journal has their names.

    The name is journalled before the start, so a restart finds the same execution again.
    """

    def __init__(self, engine: "Engine", core: "Core") -> None:
        self._engine = engine
        self._core = core
        self._parents: dict[str, list[tuple[int, int]]] = {}

    def start(self, frame: Frame) -> None:
        """Start what the frame's call names, after the journal has the call."""
        self._core.effect(frame.run, lambda: self._core.soon(lambda: self._start(frame)))

    def _start(self, frame: Frame) -> None:
        if frame.phase != TASK or not frame.run.open:
            return
        call = frame.wait["call"]
        resource = frame.definition.resource  # type: ignore[attr-defined]
        execution = self._started(frame)
        machine, qualifier = self._engine.names.target(call["f"])
        try:
            self._check_kind(machine, resource)
            self._engine.start(machine, call["n"], call["p"], qualifier)
        except ExecutionExists as error:
            if not frame.wait.get("sent"):
                self._returned(frame, None, _refused(resource, error))
                return
        except (NotFound, Invalid) as error:
            self._returned(frame, None, _refused(resource, error))
            return
        except StorageUnavailable:
            self.start(frame)  # goes out with the next transaction that works
            return
        row = self._engine.describe(execution)
        started: JsonValue = {"ExecutionArn": self._shown(row).id, "StartDate": iso(row.started_at)}
        if resource.tells_start and not frame.wait.get("told"):
            frame.definition.submitted(self._core, frame, started)  # type: ignore[attr-defined]
        # Found again after a restart, it is not refused and not told again.
        frame.wait = {**frame.wait, "sent": True, "told": True}
        self._core.touch(frame)
        if not resource.waits_for_run:
            self._returned(frame, started, None)
        elif row.status == "RUNNING":
            key = (frame.run.row.seq, frame.id)
            self._parents.setdefault(row.id, []).append(key)
        else:
            self._tell(frame, row)

    def ended(self, run: Run) -> None:
        """A run ended: tell the frames that wait for it."""
        for seq, frame_id in self._parents.pop(run.row.id, []):
            parent = self._core.load(seq)
            frame = parent.frames.get(frame_id) if parent is not None else None
            if frame is not None and frame.phase == TASK and self._started(frame) == run.row.id:
                self._tell(frame, self._engine.describe(run.row.id))

    def stop(self, frame: Frame) -> None:
        """Nobody waits for what the frame started: end it in the same transaction."""
        row = self._core.journal.execution("id", self._started(frame))
        run = self._core.load(row.seq) if row is not None else None
        if run is not None and run.open:
            self._core.end(run, "ABORTED", {"error": None, "cause": STOPPED})

    def _check_kind(self, machine: str, resource: StartExecution) -> None:
        kind = self._engine.kind(machine)
        if resource.kind not in (None, kind):
            raise WrongKind(f"{resource.action} starts no {kind} machine")

    def _tell(self, frame: Frame, row: "Execution") -> None:
        shown = self._shown(row)
        result, failure = frame.definition.resource.ended(shown)  # type: ignore[attr-defined]
        self._returned(frame, result, failure)

    def _shown(self, row: "Execution") -> "Execution":
        names = self._engine.names
        kind = self._engine.machines.compiled(row.machine, row.revision).kind
        named = names.execution(row.machine, row.name, kind)
        return replace(row, id=named, machine=names.machine(row.machine))

    def _started(self, frame: Frame) -> str:
        call = frame.wait["call"]
        return f"{self._engine.names.target(call['f'])[0]}:{call['n']}"

    def _returned(self, frame: Frame, result: JsonValue, failure: StateFailure | None) -> None:
        core = self._core
        core.guard(frame, lambda: frame.definition.returned(core, frame, result, failure))
        core.ask_turn()


def _refused(resource: StartExecution, error: Exception) -> StateFailure:
    name = next((name for kind, name in REFUSALS.items() if isinstance(error, kind)))
    return StateFailure(f"{resource.errors}.{name}Exception", str(error), inner=True)
