"""Map Runs and their child executions, read from the history of the run around them.

The children of a distributed Map are frames here, not executions of their own; their events are
kept with the run's. What Step Functions shows of a Map Run and of each child is worked out from
them, so there is nothing more to keep.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from weft.domain.errors import StorageUnavailable
from weft.engine.errors import MapRunEnded, MapRunNotFound
from weft.engine.events import HistoryEvent, Path
from weft.engine.json import JsonValue
from weft.engine.own_history import own_history
from weft.engine.run import Frame
from weft.engine.states.map import MapState

if TYPE_CHECKING:
    from weft.engine.core import Core

_ENDED: Final = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "Aborted": "ABORTED"}
# Ends of an execution that its Map Runs do not outlive, and of which they have no event.
_CUT_OFF: Final = ("ExecutionAborted", "ExecutionTimedOut", "ExecutionFailed")


@dataclass(slots=True)
class ChildRun:
    """One iteration, as the child execution that it is elsewhere. Times are s since 1970."""

    index: int
    started_at: float
    status: str = "RUNNING"
    stopped_at: float | None = None
    input: JsonValue = None
    output: JsonValue = None
    error: str | None = None
    cause: str | None = None
    redrives: int = 0
    redriven_at: float | None = None
    events: list[HistoryEvent] = field(default_factory=list)  # as of an execution; not numbered
    _added: int = 0

    def history(self) -> list[HistoryEvent]:
        """Its own events, numbered from 1."""
        return own_history(self.events)

    def items(self, *, batched: bool) -> int:
        """How many items it works on."""
        if batched and isinstance(self.input, dict):
            return len(self.input.get("Items", []))
        return 1

    def add(self, event: HistoryEvent, depth: int) -> None:
        """Take in an event of the run; `depth` is how long the iteration's own path is."""
        own = len(event.path) == depth
        kind = event.type.removeprefix("MapIteration") if own else event.type
        if own and event.type == "MapIterationStarted":
            self.events.append(replace(event, type="ExecutionStarted"))
            return
        if own and event.type.startswith("MapIteration"):
            self._end(event, kind)
            return
        if self.status != "RUNNING":
            self._go_on(event)
        if own and event.type.endswith("StateEntered") and len(self.events) == 1:
            self.input = event.details["input"]
            self.events[0] = replace(self.events[0], details={"input": self.input})
        if own and event.type.endswith("StateExited"):
            self.output = event.details["output"]
        self.events.append(event)

    def _end(self, event: HistoryEvent, kind: str) -> None:
        self.status, self.stopped_at = _ENDED[kind], event.timestamp
        details: dict[str, Any] = {"output": self.output}
        if self.status != "SUCCEEDED":
            details = {k: event.details[k] for k in ("error", "cause") if k in event.details}
            self.error, self.cause = details.get("error"), details.get("cause")
        self.events.append(replace(event, type=f"Execution{kind}", details=details))

    def _go_on(self, event: HistoryEvent) -> None:
        self.status, self.stopped_at, self.error, self.cause = "RUNNING", None, None, None
        self.redrives += 1
        self.redriven_at = event.timestamp
        self._tell("ExecutionRedriven", event.timestamp, {"redriveCount": self.redrives})

    def abort(self, at: float) -> None:
        """It ended with what is around it."""
        if self.status == "RUNNING":
            self.status, self.stopped_at = "ABORTED", at
            self._tell("ExecutionAborted", at, {})

    def _tell(self, kind: str, at: float, details: dict[str, Any]) -> None:
        """An event that the run around it has not: its id is no other's."""
        self._added += 1
        before = self.events[-1].id
        self.events.append(HistoryEvent(-self._added, kind, at, before, (), details))


@dataclass(slots=True)
class MapRun:
    """One Map Run. `limits` are as UpdateMapRun names them; `total` is None until it is known."""

    id: str
    path: Path
    state: str
    started_at: float
    limits: dict[str, Any] = field(default_factory=dict)
    batched: bool = False
    writes: bool = False  # its results to an object store
    status: str = "RUNNING"
    stopped_at: float | None = None
    total: int | None = None
    items: int | None = None
    redrives: int = 0
    redriven_at: float | None = None
    children: dict[int, ChildRun] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """What tells it from others of the execution."""
        return int(self.id.rpartition(":")[2])

    def know(self, about: dict[str, Any]) -> None:
        """Take in what the state tells of its limits, and of how much there is to do."""
        self.limits = about.get("limits", self.limits)
        if about.get("total") is not None:
            self.total, self.items = about["total"], about["items"]

    def add(self, event: HistoryEvent) -> None:
        """Take in an event of a child."""
        depth = len(self.path) + 1
        index = event.path[depth - 1][1]
        child = self.children.setdefault(index, ChildRun(index, event.timestamp))
        child.add(event, depth)

    def end_children(self) -> None:
        """Those of which no event says that they ended, ended with the Map Run."""
        if self.stopped_at is not None:
            for child in self.children.values():
                child.abort(self.stopped_at)


def map_runs_in(events: Iterable[HistoryEvent]) -> list[MapRun]:
    """The Map Runs of an execution in the order in which they began; `events` is all it has."""
    found: dict[str, MapRun] = {}
    at: dict[tuple[Path, str], MapRun] = {}  # the newest of each place
    for event in events:
        details = event.details
        if event.type == "MapRunStarted":
            run = MapRun(details["mapRun"], event.path, details["name"], event.timestamp)
            run.batched, run.writes = details.get("batched", False), details.get("writes", False)
            run.know(details)
            found[run.id] = at[event.path, run.state] = run
        elif event.type == "MapRunRedriven":
            run = found[details["mapRun"]]
            run.end_children()
            run.status, run.stopped_at = "RUNNING", None
            run.redrives, run.redriven_at = details["redriveCount"], event.timestamp
        elif event.type.startswith("MapRun"):
            run = found[details["mapRun"]]
            run.know(details)
            run.status = _ENDED[event.type.removeprefix("MapRun")]
            run.stopped_at = event.timestamp
        elif event.type in _CUT_OFF:
            for run in found.values():
                if run.status == "RUNNING":
                    run.status, run.stopped_at = "ABORTED", event.timestamp
        for depth, (state, _) in enumerate(event.path):
            around = at.get((event.path[:depth], state))
            if around is not None:
                around.add(event)
    for run in found.values():
        run.end_children()
    return list(found.values())


class MapRuns:
    """Methods raise ExecutionNotFound, and may raise StorageUnavailable."""

    def __init__(self, core: "Core", history: Callable[[str], list[HistoryEvent]]) -> None:
        self._core = core
        self._history = history

    def of(self, execution: str) -> list[MapRun]:
        """All of an execution, the oldest first."""
        found = map_runs_in(self._history(execution))
        for run in found:
            frame = self._frame(execution, run.id) if run.status == "RUNNING" else None
            if frame is not None:
                assert isinstance(frame.definition, MapState)
                run.know(frame.definition.about(frame))
        return found

    def find(self, execution: str, number: int) -> MapRun:
        """The one that began with an event of an execution. Raises MapRunNotFound."""
        for run in self.of(execution):
            if run.number == number:
                return run
        raise MapRunNotFound(f"{execution!r} has no Map Run that began with event {number}")

    def child(self, execution: str, number: int, index: int) -> tuple[MapRun, ChildRun]:
        """A child of it, by its index. Raises MapRunNotFound."""
        run = self.find(execution, number)
        if index not in run.children:
            raise MapRunNotFound(f"the Map Run {run.id!r} has no child {index}")
        return run, run.children[index]

    def update(
        self,
        execution: str,
        number: int,
        *,
        concurrency: int | None = None,
        count: int | None = None,
        percentage: float | None = None,
    ) -> None:
        """Change the limits of one that runs; None leaves a limit as it is.

        Raises MapRunNotFound, MapRunEnded.
        """
        run = self.find(execution, number)
        frame = self._frame(execution, run.id)
        if frame is None or run.status != "RUNNING":
            raise MapRunEnded(f"the Map Run {run.id!r} has ended")
        core, state, before = self._core, frame.definition, frame.wait
        assert isinstance(state, MapState)
        given = {"max": concurrency, "count": count, "percentage": percentage}
        frame.wait = {**frame.wait, **{k: v for k, v in given.items() if v is not None}}
        core.touch(frame)
        try:
            core.flush()
        except StorageUnavailable:
            frame.wait = before
            raise
        core.guard(frame, lambda: state.changed(core, frame))
        core.ask_turn()

    def _frame(self, execution: str, map_run: str) -> Frame | None:
        row = self._core.journal.execution("id", execution)
        run = None if row is None else self._core.load(row.seq)
        for frame in [] if run is None else run.frames.values():
            if frame.wait.get("run") == map_run:
                return frame
        return None
