"""The heart of the engine: runs frames, journals what they did, and only then lets effects out.

One turn: every frame that can move runs straight on until it must wait; then one transaction
writes all of it; then handlers are called, callers told and events delivered.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from weft.domain.errors import StorageUnavailable
from weft.engine.alarms import Alarms
from weft.engine.attempts import Attempt, Attempts, Invoke
from weft.engine.clock import Clock
from weft.engine.errors import StateFailure
from weft.engine.events import HistoryEvent
from weft.engine.journal import Batch, Journal
from weft.engine.json import JsonValue
from weft.engine.leftovers import keep_unless_kept, packed
from weft.engine.run import DONE, ENTER, FAILED, WORK, Frame, Run
from weft.engine.sharing import Sharing

if TYPE_CHECKING:
    from weft.engine.activities import Activities
    from weft.engine.inside import InsideCalls
    from weft.engine.nested import NestedRuns

# GetExecutionHistory: a Standard execution fails when it reaches this many events.
MAX_EVENTS: Final = 25_000
# How long one turn may run frames before the event loop gets its share (s).
TURN_SECONDS: Final = 0.01
# How often a journal that cannot be written is tried again (s).
RETRY_JOURNAL_SECONDS: Final = 0.5
EVENT_LIMIT_CAUSE = "The execution reached the maximum number of history events (25000)."

OnEvents = Callable[[str, Sequence[HistoryEvent]], None]


class Core:
    """Moves frames, and keeps memory from running ahead of what the journal can repeat."""

    def __init__(
        self, journal: Journal, clock: Clock, invoke: Invoke, on_events: OnEvents | None
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.attempts = Attempts(invoke, clock, self._attempt_ended)
        self.on_events = on_events
        self.on_unwritten: Callable[[StorageUnavailable], None] = lambda error: None
        self.on_broken: Callable[[Run], object] = lambda run: None
        self.on_end: Callable[[Run], None] = lambda run: None
        self.load: Callable[[int], Run | None] = lambda seq: None
        self.settled: Callable[[set[Run]], None] = lambda runs: None
        self.nested: NestedRuns
        self.inside: InsideCalls
        self.activities: Activities
        self.stalled: StorageUnavailable | None = None
        self.closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: deque[Frame] = deque()
        self._touched: set[Run] = set()
        self._batch = Batch()
        self._effects: list[tuple[Run, Callable[[], None]]] = []
        self._told: dict[int, tuple[str, list[HistoryEvent]]] = {}
        self._ended: list[Run] = []
        self._alarms = Alarms(self)
        self._turn_asked = False
        self._sharing = Sharing()

    def now(self) -> float:
        """Seconds since 1970."""
        return self.clock.now()

    @property
    def attached(self) -> bool:
        """Whether there is an event loop to run in."""
        return self._loop is not None

    def attach(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def ready(self, frame: Frame) -> None:
        """Run the frame in this turn or the next."""
        self._ready.append(frame)
        self.touch(frame)
        self.ask_turn()

    def touch(self, frame: Frame) -> None:
        """The frame's snapshot must be written, unless it was taken away meanwhile."""
        if frame.id in frame.run.frames:
            frame.run.dirty.add(frame)
        self._touched.add(frame.run)

    def arm(self, frame: Frame) -> None:
        """Wake the frame when the nearest of its due times has come."""
        dues = [d for d in (frame.wait.get("due"), frame.wait.get("beat")) if d is not None]
        if dues:
            self.arm_at(min(dues), frame.run.row.seq, frame.id)

    def arm_at(self, due: float, seq: int, frame_id: int) -> None:
        """Wake frame 0 to end the execution itself."""
        self._alarms.add(due, seq, frame_id)

    def effect(self, run: Run, call: Callable[[], None]) -> None:
        """Do something outside once what led to it is in the journal."""
        self._effects.append((run, call))
        self._touched.add(run)

    def dispatch(self, frame: Frame) -> None:
        """Call the frame's function once the journal has its payload."""
        attempt = self.attempts.prepare(frame)
        self.effect(frame.run, lambda: self.attempts.begin(attempt))

    def remove(self, frame: Frame) -> None:
        """Take a frame and all below it away."""
        for child in list(frame.children.values()):
            self.remove(child)
        run = frame.run
        frame.definition.abort(self, frame)
        self.attempts.drop(frame)
        run.frames.pop(frame.id, None)
        run.dirty.discard(frame)
        if frame.written:
            self._batch.frames[run.row.seq, frame.id] = None
        frame.phase = FAILED

    def soon(self, call: Callable[[], None], pause: float = 0.0) -> None:
        """Do something of the engine's own in a turn of its own; until then no time is skipped."""
        assert self._loop is not None
        self.clock.begin_work()
        if pause:
            self._loop.call_later(pause, self._held, call)
        else:
            self._loop.call_soon(self._held, call)

    def _held(self, call: Callable[[], None]) -> None:
        self.clock.end_work()
        if not self.closing:
            call()

    def is_touched(self, run: Run) -> bool:
        """Whether something of the run is still to be written."""
        return run in self._touched

    def used(self, token: str) -> None:
        """The answer to a token has been taken into the frame."""
        self._batch.used_answers.append(token)

    def finish(self, frame: Frame) -> None:
        """The frame ended well; its output is its input now."""
        frame.phase = DONE
        if frame.parent is None:
            frame.run.output = frame.input
            self.end(frame.run, "SUCCEEDED", {"output": frame.input})
        else:
            self._to_parent(frame, None)

    def fail(self, frame: Frame, failure: StateFailure) -> None:
        """The frame failed and nothing in it catches that."""
        if frame.parent is None:
            self.end(frame.run, "FAILED", {"error": failure.error, "cause": failure.cause})
        else:
            self._to_parent(frame, failure)

    def _to_parent(self, child: Frame, failure: StateFailure | None) -> None:
        parent = child.parent
        assert parent is not None
        if failure is not None:
            keep_unless_kept(child)
        child.own, child.vars, child.wait = {}, {}, {}
        self.touch(child)
        state = parent.definition

        def tell() -> None:
            if failure is None:
                state.child_done(self, parent, child)
            else:
                state.child_failed(self, parent, child, failure)

        self.guard(parent, tell)

    def end(self, run: Run, status: str, details: dict[str, Any]) -> None:
        """Close the execution with a final event."""
        root = next(iter(run.frames.values()))
        if status != "SUCCEEDED" and run.machine.kind == "STANDARD":
            self._batch.unfinished[run.row.seq] = (self.now(), packed(root, status))
        for child in list(root.children.values()):
            self.remove(child)
        self.attempts.drop(root)
        root.definition.abort(self, root)
        kind = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut"}
        shown = {k: v for k, v in details.items() if v is not None or k == "output"}
        run.emit(root, "Execution" + kind.get(status, "Aborted"), self.now(), shown)
        run.row.status, run.row.stopped = status, self.now()
        run.row.error, run.row.cause = details.get("error"), details.get("cause")
        run.touched = True
        root.phase = DONE
        self._touched.add(run)
        self._ended.append(run)

    def guard(self, frame: Frame, call: Callable[[], None]) -> None:
        """Run a piece of a state, turning its failure into Retry, Catch or the frame's end."""
        whole = False
        try:
            call()
            whole = True
        except StateFailure as failure:
            self._failed(frame, failure)
            whole = True
        finally:
            if not whole:
                self._broken(frame.run)
        if frame.phase in (ENTER, WORK) and frame.run.open:
            self.ready(frame)
        self.touch(frame)

    def _failed(self, frame: Frame, failure: StateFailure) -> None:
        try:
            frame.definition.on_failure(self, frame, failure)
        except StateFailure as again:  # the catcher's own Output or Assign
            frame.definition.on_failure_of_catch(self, frame, again)

    def ask_turn(self) -> None:
        """Have a turn soon, unless one is asked for already."""
        if not self._turn_asked and self._loop is not None and not self.closing:
            self._turn_asked = True
            self.soon(self._turn, self._sharing.pause(self.attempts.in_flight))

    def _turn(self) -> None:
        self._turn_asked = False
        if self.stalled is None:
            self.run_ready()
        try:
            self.flush()
        except StorageUnavailable:
            assert self._loop is not None
            self._loop.call_later(RETRY_JOURNAL_SECONDS, self.ask_turn)
            return
        if self._ready:
            self.ask_turn()

    def run_ready(self) -> None:
        """Run frames until all wait or the turn is over."""
        stop_at = time.perf_counter() + TURN_SECONDS
        while self._ready:
            frame = self._ready.popleft()
            self._advance(frame, stop_at)
            if time.perf_counter() > stop_at:
                return

    def _advance(self, frame: Frame, stop_at: float) -> None:
        run = frame.run
        whole = False
        try:
            while frame.phase in (ENTER, WORK) and run.open and frame.id in run.frames:
                if run.last_id - run.apart >= MAX_EVENTS - 2:
                    self.end(run, "FAILED", {"error": "States.Runtime", "cause": EVENT_LIMIT_CAUSE})
                    break
                self._step(frame)
                if time.perf_counter() > stop_at:
                    if frame.phase in (ENTER, WORK):
                        self._ready.append(frame)
                    break
            whole = True
        finally:
            if not whole:
                self._broken(run)
        self.touch(frame)

    def _step(self, frame: Frame) -> None:
        state = frame.definition
        try:
            if frame.phase == ENTER:
                state.enter(self, frame)
            else:
                state.work(self, frame)
        except StateFailure as failure:
            self._failed(frame, failure)

    def _broken(self, run: Run) -> None:
        """A bug of ours: leave the run as the journal has it, and keep the others going."""
        self.forget(run)
        self.on_broken(run)
        self.ask_turn()

    def flush(self) -> None:
        """Write everything in one transaction, then let effects out. Raises StorageUnavailable.

        When it raises, nothing was let out and everything is kept for the next try.
        """
        touched, self._touched = self._touched, set()
        for run in touched:
            self._collect(run)
        if self._batch:
            try:
                with self._sharing.writing():
                    self.journal.commit(self._batch)
            except StorageUnavailable as error:
                self.stalled = error
                self._touched |= touched
                self.on_unwritten(error)
                self.ask_turn_later()
                raise
            self._batch = Batch()
        self.stalled = None
        self._release(touched)

    def ask_turn_later(self) -> None:
        """Try the journal again after a while."""
        self.later(self.ask_turn)

    def later(self, call: Callable[[], None]) -> None:
        """Do something once the journal may work again."""
        if self._loop is not None and not self.closing:
            self._loop.call_later(RETRY_JOURNAL_SECONDS, call)

    def _collect(self, run: Run) -> None:
        seq, batch = run.row.seq, self._batch
        if run.new_events:
            self._told.setdefault(seq, (run.row.id, []))[1].extend(run.new_events)
        run.put_into(batch)

    def _release(self, touched: set[Run]) -> None:
        told, effects, ended = self._told, self._effects, self._ended
        self._told, self._effects, self._ended = {}, [], []
        # Calls first: handlers work while those who listen take the events in.
        for _, call in effects:
            call()
        if self.on_events is not None and self._loop is not None:
            for _, (execution, events) in sorted(told.items()):  # as the journal has them
                self._loop.call_soon(self.on_events, execution, events)
        for run in ended:
            self.on_end(run)
        self.settled(touched)

    def forget(self, run: Run) -> None:
        """Take back all that the journal does not have of a run."""
        seq = run.row.seq
        self._touched.discard(run)
        self._effects = [e for e in self._effects if e[0] is not run]
        self._told.pop(seq, None)
        self._ended = [r for r in self._ended if r is not run]
        self._ready = deque(f for f in self._ready if f.run is not run)
        self._alarms.forget(seq)
        for frame in run.frames.values():
            self.attempts.drop(frame)
        self._batch.forget(seq)

    def _attempt_ended(
        self, attempt: Attempt, result: JsonValue, failure: StateFailure | None
    ) -> None:
        frame = attempt.frame
        if self.closing or frame.call is not attempt or not frame.run.open:
            return  # timed out, stopped or answered by its token meanwhile
        frame.call = None
        with self._sharing.of_results():
            self.guard(frame, lambda: frame.definition.returned(self, frame, result, failure))
            self.ask_turn()

    async def close(self) -> None:
        """Write what is pending; end handlers' tasks without taking their results."""
        try:
            if self.stalled is None:
                self.flush()
        finally:
            self.closing = True
            self.clock.stop()
            await self.attempts.close()
