"""Executions started by other executions, and the ones that wait for them."""

from typing import TYPE_CHECKING

from weft.domain.errors import NotFound, StorageUnavailable
from weft.engine.errors import ExecutionExists, StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.run import TASK, Frame, Run
from weft.engine.timestamps import iso

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.engine import Engine
    from weft.engine.execution import Execution


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
        execution = f"{call['f']}:{call['n']}"
        try:
            self._engine.start(call["f"], call["n"], call["p"])
        except ExecutionExists as error:
            if not frame.wait.get("sent"):
                self._returned(frame, None, _refused("ExecutionAlreadyExists", error))
                return
        except NotFound as error:
            self._returned(frame, None, _refused("StateMachineDoesNotExist", error))
            return
        except StorageUnavailable:
            self.start(frame)  # goes out with the next transaction that works
            return
        frame.wait = {**frame.wait, "sent": True}  # found again after a restart, not refused
        self._core.touch(frame)
        row = self._engine.describe(execution)
        if not resource.waits_for_run:
            started: JsonValue = {"ExecutionArn": row.id, "StartDate": iso(row.started_at)}
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
            if frame is not None and frame.phase == TASK:
                self._tell(frame, self._engine.describe(run.row.id))

    def _tell(self, frame: Frame, row: "Execution") -> None:
        as_value = frame.definition.resource.text.endswith(":2")  # type: ignore[attr-defined]

        def shown(value: JsonValue) -> JsonValue:
            return value if as_value else to_json(value).decode()

        document = {
            "ExecutionArn": row.id,
            "Input": shown(row.input),
            "Name": row.name,
            "StartDate": iso(row.started_at),
            "StateMachineArn": row.machine,
            "Status": row.status,
            "StopDate": iso(row.stopped_at or row.started_at),
        }
        if row.status == "SUCCEEDED":
            self._returned(frame, {**document, "Output": shown(row.output)}, None)
            return
        failed = {**document, "Error": row.error, "Cause": row.cause}
        cause = to_json({k: v for k, v in failed.items() if v is not None}).decode()
        self._returned(frame, None, StateFailure("States.TaskFailed", cause, inner=True))

    def _returned(self, frame: Frame, result: JsonValue, failure: StateFailure | None) -> None:
        core = self._core
        core.guard(frame, lambda: frame.definition.returned(core, frame, result, failure))
        core.ask_turn()


def _refused(error: str, cause: Exception) -> StateFailure:
    return StateFailure(f"StepFunctions.{error}Exception", str(cause), inner=True)
