"""A run in memory: its frames (one per branch or iteration), and their snapshots."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weft.engine.events import HistoryEvent, Path
from weft.engine.journal import Batch, ExecutionRow
from weft.engine.json import JsonValue, from_json, to_json
from weft.engine.timestamps import iso

if TYPE_CHECKING:
    from weft.engine.machine import Block, Machine
    from weft.engine.states.base import State

ENTER: Final = "enter"  # about to enter the state with the input
WORK: Final = "work"  # entered, about to do its work (again, after a retry's delay)
WAIT: Final = "wait"  # a Wait state, until `due`
RETRY: Final = "retry"  # between two attempts, until `due`
TASK: Final = "task"  # a call is out, or its token is
FORK: Final = "fork"  # child frames run
DONE: Final = "done"  # a child that ended; `input` is its output
FAILED: Final = "failed"  # a child whose failure the Map tolerates
ROOT: Final = 1  # the id of the frame that a run begins with


@dataclass(slots=True)
class Fork:
    """How far a Map or Parallel has come."""

    total: int
    started: int = 0
    done: int = 0
    failed: int = 0


Leftovers = tuple[int, list[tuple[int, bytes]]]  # see `weft.engine.leftovers`


class Frame:
    """Where one thread of control of a run stands."""

    __slots__ = (
        "apart", "block", "call", "children", "entered_at", "entered_id", "fork", "id", "index",
        "input", "item", "left", "own", "parent", "path", "phase", "previous", "retries",
        "retry_count", "run", "state", "vars", "wait", "written",
    )  # fmt: skip

    def __init__(self, run: "Run", frame_id: int, block: "Block", input: JsonValue) -> None:
        self.run = run
        self.id = frame_id
        self.block = block
        self.parent: Frame | None = None
        self.apart = False  # whether it is inside a Map Run, whose events do not count
        self.index = 0
        self.path: Path = ()
        self.item: tuple[int, JsonValue] | None = None  # the Map item around this frame
        self.state = block.start_at
        self.phase = ENTER
        self.input = input
        self.own: dict[str, JsonValue] = {}  # variables assigned by this frame
        self.vars: dict[str, JsonValue] = {}  # all it can read
        self.entered_id = 0
        self.entered_at = 0.0
        self.previous = 0
        self.retries: dict[str, int] = {}
        self.retry_count = 0
        self.wait: dict[str, Any] = {}  # what the phase needs to resume; JSON
        self.children: dict[int, Frame] = {}
        self.call: object | None = None  # the attempt in flight; not journalled
        self.fork: Fork | None = None  # counts of a Map or Parallel; rebuilt after a restart
        self.written = False
        self.left: Leftovers | None = None  # how it stood when it failed

    @property
    def definition(self) -> "State":
        """The compiled state the frame is in."""
        return self.block.states[self.state]

    def adopt(self, parent: "Frame", index: int) -> None:
        """Become branch or iteration `index` of `parent`."""
        self.parent = parent
        self.index = index
        self.path = (*parent.path, (parent.state, index))
        self.item = parent.definition.item(parent, index) or parent.item
        self.apart = parent.apart or not parent.definition.shares_variables
        if parent.definition.shares_variables:
            self.vars = dict(parent.vars)
        self.previous = parent.previous
        parent.children[index] = self

    def assign(self, values: dict[str, JsonValue]) -> None:
        """Set variables of this frame."""
        self.own = {**self.own, **values}
        self.vars = {**self.vars, **values}

    def snapshot(self) -> bytes:
        """Everything needed to go on from here after a crash."""
        saved: dict[str, Any] = {
            "p": None if self.parent is None else self.parent.id,
            "x": self.index,
            "h": self.phase,
            "in": self.input,
            "b": self.previous,
        }
        if self.phase not in (DONE, FAILED):
            saved |= {"s": self.state, "e": self.entered_id, "at": self.entered_at}
            if self.own:
                saved["v"] = self.own
            if self.retries:
                saved |= {"r": self.retries, "rc": self.retry_count}
        if self.parent is None and self.run.apart:
            saved["n"] = self.run.apart
        if self.wait:
            saved["w"] = self.wait
        return to_json(saved)


class Scope:
    """The names an expression sees: the frame's variables and `$states`."""

    __slots__ = ("_bound", "_extra", "_frame", "_item", "_token", "_whole")

    def __init__(
        self,
        frame: Frame,
        extra: dict[str, JsonValue] | None = None,
        token: str | None = None,
        item: tuple[int, JsonValue] | None = None,
    ) -> None:
        self._frame = frame
        self._extra = extra
        self._token = token
        self._item = item or frame.item
        self._bound: dict[str, JsonValue] | None = None
        self._whole = False

    @property
    def input(self) -> JsonValue:
        """The state's raw input."""
        return self._frame.input

    @property
    def variables(self) -> dict[str, JsonValue]:
        """Variables by name."""
        return self._frame.vars

    def given(self, name: str) -> JsonValue:
        """`result` or `errorOutput`, where the state has come to it."""
        return None if self._extra is None else self._extra.get(name)

    def bindings(self, *, context: bool) -> dict[str, JsonValue]:
        """Variables by name, and `states`; with its `context` if asked for."""
        if self._bound is None or (context and not self._whole):
            states: dict[str, JsonValue] = {"input": self._frame.input}
            if self._extra:
                states.update(self._extra)
            if context:
                states["context"] = self.context()
            self._bound = {**self._frame.vars, "states": states}
            self._whole = context
        return self._bound

    def context(self) -> dict[str, JsonValue]:
        """The context object of the execution, as far as it applies to the state."""
        frame = self._frame
        if frame.run.context is not None:
            return dict(frame.run.context)
        run, machine = frame.run, frame.run.machine
        execution: dict[str, JsonValue] = {
            "Id": machine.names.execution(machine.id, run.row.name, machine.kind),
            "Input": run.input,
            "Name": run.row.name,
            "RoleArn": machine.role,
            "StartTime": iso(run.row.started),
        }
        if machine.kind == "STANDARD":
            execution["RedriveCount"] = run.row.redrives
        state: dict[str, JsonValue] = {
            "Name": frame.state,
            "EnteredTime": iso(frame.entered_at),
        }
        if frame.definition.retries:
            state["RetryCount"] = frame.retry_count
        whole: dict[str, JsonValue] = {
            "Execution": execution,
            "StateMachine": {"Id": machine.names.machine(machine.id), "Name": machine.name},
            "State": state,
        }
        if self._item is not None:
            whole["Map"] = {"Item": {"Index": self._item[0], "Value": self._item[1]}}
        if self._token is not None:
            whole["Task"] = {"Token": self._token}
        return whole


Item = dict[str, Any]  # attribute → {type: value}, as DynamoDB has it


class Run:
    """One open execution in memory."""

    __slots__ = (
        "_read_input", "apart", "assigned", "context", "dirty", "frames", "items", "last_frame",
        "last_id", "machine", "new_events", "new_items", "output", "row", "stored", "touched",
    )  # fmt: skip

    def __init__(
        self, row: ExecutionRow, machine: "Machine", read_input: Callable[[], JsonValue]
    ) -> None:
        self.row = row
        self.machine = machine
        self._read_input = read_input
        self.context: JsonValue = None  # in place of the context object, for a state on its own
        self.output: JsonValue = None
        self.frames: dict[int, Frame] = {}
        self.last_frame = 0
        self.last_id = 0
        self.apart = 0  # events inside Map Runs
        self.new_events: list[HistoryEvent] = []
        self.dirty: set[Frame] = set()
        self.stored = False  # whether frames of it may be in the journal
        self.touched = False  # the row itself must be written
        self.items: dict[str, Item] = {}  # what its futures have written, by key
        self.new_items: set[str] = set()
        self.assigned = 0  # bytes of variables ever assigned; counted again near the limit

    @property
    def input(self) -> JsonValue:
        """The execution's input; read from the journal when it is wanted after a restart."""
        return self._read_input()

    @property
    def open(self) -> bool:
        """Whether the run has not ended."""
        return self.row.status == "RUNNING"

    def add_frame(self, block: "Block", input: JsonValue) -> Frame:
        """A new frame at the start of `block`."""
        self.last_frame += 1
        frame = Frame(self, self.last_frame, block, input)
        self.frames[frame.id] = frame
        return frame

    def put_item(self, key: str, item: Item) -> None:
        """Keep an item until the execution has ended and cannot be redriven."""
        self.items[key] = item
        self.new_items.add(key)

    def put_into(self, batch: Batch) -> None:
        """Hand all that is new to the next transaction."""
        seq = self.row.seq
        if self.touched:
            batch.put(self.row)
            self.touched = False
        if self.new_events:
            batch.events.setdefault(seq, []).extend(self.new_events)
            self.new_events = []
        for key in self.new_items:
            batch.items[seq, key] = to_json(self.items[key])
        if self.open:
            for frame in self.dirty:
                batch.frames[seq, frame.id] = frame.snapshot()
                frame.written = self.stored = True
        elif self.stored:
            batch.close(seq)
        self.dirty.clear()
        self.new_items.clear()

    def emit(self, frame: Frame, kind: str, at: float, details: dict[str, Any]) -> int:
        """Append an event to the history; gives its id."""
        self.last_id += 1
        if frame.apart:
            self.apart += 1
            self.dirty.add(self.frames[ROOT])
        self.new_events.append(
            HistoryEvent(self.last_id, kind, at, frame.previous, frame.path, details)
        )
        frame.previous = self.last_id
        return self.last_id


def restore(
    row: ExecutionRow,
    machine: "Machine",
    read_input: Callable[[], JsonValue],
    saved: list[tuple[int, bytes]],
) -> Run:
    """Rebuild a run from its frame rows `(frame id, snapshot)`, in order of id."""
    run = Run(row, machine, read_input)
    for frame_id, text in saved:
        s = from_json(text)
        if s["p"] is None:
            frame = Frame(run, frame_id, machine.block, s["in"])
            run.apart = s.get("n", 0)
        else:
            parent = run.frames[s["p"]]
            block = parent.definition.child_block(s["x"])
            frame = Frame(run, frame_id, block, s["in"])
            frame.adopt(parent, s["x"])
        frame.phase = s["h"]
        frame.state = s.get("s", frame.state)
        frame.entered_id = s.get("e", 0)
        frame.entered_at = s.get("at", 0.0)
        frame.previous = s["b"]
        frame.retries = s.get("r", {})
        frame.retry_count = s.get("rc", 0)
        frame.wait = s.get("w", {})
        frame.own = s.get("v", {})
        frame.vars = {**frame.vars, **frame.own}
        frame.written = run.stored = True
        run.frames[frame_id] = frame
        run.last_frame = frame_id
    return run
