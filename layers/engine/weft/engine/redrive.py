"""Redrive: an execution that failed, was aborted or timed out goes on from where it stood.

The rules are those of RedriveExecution: Standard machines only, within 14 days, with the input
and the definition it began with, and with all retries again. Of a Map or Parallel only what had
not succeeded runs again; one that failed by its own doing runs again as a whole.
"""

from typing import TYPE_CHECKING

from weft.engine.core import MAX_EVENTS
from weft.engine.errors import NotRedrivable
from weft.engine.journal import ExecutionRow, Journal
from weft.engine.leftovers import unpacked
from weft.engine.run import DONE, ENTER, FAILED, FORK, WORK, Frame, Run, restore
from weft.engine.states.fork import ForkState

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.machine import Machine

# Step Functions: how long after its end an execution can be redriven (s).
REDRIVE_SECONDS = 14 * 24 * 3600


def why_not(journal: Journal, row: ExecutionRow, kind: str, now: float) -> str | None:
    """Why an execution cannot be redriven, in the words of DescribeExecution; None: it can."""
    if kind != "STANDARD":
        return "Execution is of an EXPRESS state machine"
    if row.status == "RUNNING":
        return "Execution is RUNNING and cannot be redriven"
    if row.status == "SUCCEEDED":
        return "Execution is SUCCEEDED and cannot be redriven"
    if now - (row.stopped or now) > REDRIVE_SECONDS:
        return "Execution is past the redrivable period and cannot be redriven"
    if last_event_id(journal, row.seq) >= MAX_EVENTS - 1:
        return "Execution history event limit exceeded"
    if not journal.read("SELECT 1 FROM unfinished WHERE execution = ?", (row.seq,)):
        return "Execution was stopped before this engine kept what a redrive needs"
    return None


def forget_old(journal: Journal, now: float) -> None:
    """Drop what is kept of executions that nobody can redrive any more."""
    old = "FROM unfinished WHERE stopped < ?"
    journal.write_all(
        (f"DELETE {what}", (now - REDRIVE_SECONDS,))
        for what in (f"FROM items WHERE execution IN (SELECT execution {old})", old)
    )


def revive(journal: Journal, row: ExecutionRow, machine: "Machine", now: float) -> Run:
    """The run as it stood, ready to go on, with its ExecutionRedriven event.

    Raises NotRedrivable.
    """
    if reason := why_not(journal, row, machine.kind, now):
        raise NotRedrivable(reason)
    [(kept,)] = journal.read("SELECT frames FROM unfinished WHERE execution = ?", (row.seq,))
    row.status, row.stopped, row.error, row.cause, row.stopping = "RUNNING", None, None, None, None
    row.redrives += 1
    row.redriven = now
    read_input = lambda: journal.first_event(row.seq).details["input"]  # noqa: E731
    run = restore(row, machine, read_input, unpacked(kept))
    run.last_id = last_event_id(journal, row.seq)
    run.items = journal.items_of(row.seq)
    run.touched = True
    root = next(iter(run.frames.values()))
    root.previous = run.last_id
    run.emit(root, "ExecutionRedriven", now, {"redriveCount": row.redrives})
    return run


def go_on(core: "Core", run: Run) -> None:
    """Let every frame that had not succeeded do its state's work again."""
    for frame in list(run.frames.values()):
        frame.written = False
        if frame.id not in run.frames:
            continue
        if frame.phase == DONE:
            core.touch(frame)
        else:
            core.guard(frame, lambda f=frame: _again(core, f))  # type: ignore[misc]


def _again(core: "Core", frame: Frame) -> None:
    frame.retries, frame.retry_count = {}, 0
    children = list(frame.children.values())
    if frame.phase == FORK and any(child.phase != DONE for child in children):
        assert isinstance(frame.definition, ForkState)
        frame.definition.redriven(core, frame)
        for child in children:
            if child.phase == FAILED:  # where it stood is not known any more: all of it again
                child.phase, child.state = ENTER, child.block.start_at
                child.input = frame.definition.child_input(core, frame, child.index)
        frame.definition.resume(core, frame)
        return
    for child in children:
        core.remove(child)
    frame.children, frame.wait = {}, {}
    if frame.phase != ENTER:
        frame.phase = WORK


def last_event_id(journal: Journal, seq: int) -> int:
    """The id of the newest event that is written; 0 before the first."""
    [(last,)] = journal.read(
        "SELECT coalesce(max(last), 0) FROM events WHERE execution = ?", (seq,)
    )
    return int(last)
