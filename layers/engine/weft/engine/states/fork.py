"""What Map and Parallel share: child frames that run side by side."""

from typing import TYPE_CHECKING

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue
from weft.engine.leftovers import keep
from weft.engine.run import DONE, ENTER, FAILED, FORK, Fork, Frame
from weft.engine.states.base import State

if TYPE_CHECKING:
    from weft.engine.core import Core


class ForkState(State):
    """Runs children, gathers their outputs, fails with the first failure it cannot bear."""

    retries = True

    def begin(self, core: "Core", frame: Frame, total: int) -> None:
        """Start the children, or leave at once when there are none."""
        frame.phase = FORK
        frame.fork = Fork(total)
        frame.children = {}
        if total == 0:
            self.gather(core, frame)
        else:
            self.start_some(core, frame)

    def start_some(self, core: "Core", frame: Frame) -> None:
        """Start children until the limit is reached."""
        fork = frame.fork
        assert fork is not None
        limit = self.limit(frame)
        while fork.started < fork.total and fork.started - fork.done - fork.failed < limit:
            index = fork.started
            fork.started += 1
            input = self.child_input(core, frame, index)
            child = frame.run.add_frame(self.child_block(index), input)
            child.adopt(frame, index)
            self.report_child(core, child, "Started")
            core.ready(child)

    def limit(self, frame: Frame) -> int:
        """How many children may run at a time."""
        raise NotImplementedError

    def child_input(self, core: "Core", frame: Frame, index: int) -> JsonValue:
        """The input of a child. Raises StateFailure."""
        raise NotImplementedError

    def report_child(
        self, core: "Core", child: Frame, what: str, failure: StateFailure | None = None
    ) -> None:
        """Emit an event about a child, if the type has them."""

    def kept_of(self, failure: StateFailure) -> JsonValue:
        """What is kept of a child whose failure is borne."""
        return None

    def tolerates(self, frame: Frame, fork: Fork) -> bool:
        """Whether the failures so far may be borne."""
        return False

    def threshold_failure(self, frame: Frame, failure: StateFailure) -> StateFailure:
        """What the state fails with when a child's failure cannot be borne."""
        return StateFailure(failure.error, failure.cause, inner=True)

    def child_done(self, core: "Core", frame: Frame, child: Frame) -> None:
        """Count it; start the next or gather."""
        fork = frame.fork
        assert fork is not None
        fork.done += 1
        self.report_child(core, child, "Succeeded")
        frame.previous = child.previous
        self._go_on(core, frame, fork)

    def child_failed(self, core: "Core", frame: Frame, child: Frame, failure: StateFailure) -> None:
        """Bear it, or stop the other children and fail."""
        fork = frame.fork
        assert fork is not None
        fork.failed += 1
        child.phase = FAILED
        child.input = self.kept_of(failure)
        self.report_child(core, child, "Failed", failure)
        frame.previous = child.previous
        if not self.tolerates(frame, fork):
            raise self.threshold_failure(frame, failure)
        self._go_on(core, frame, fork)

    def _go_on(self, core: "Core", frame: Frame, fork: Fork) -> None:
        if fork.done + fork.failed == fork.total:
            self.gather(core, frame)
        elif fork.started < fork.total:
            self.start_some(core, frame)

    def gather(self, core: "Core", frame: Frame) -> None:
        """Leave with the children's outputs in order."""
        outputs = [
            frame.children[i].input
            for i in sorted(frame.children)
            if frame.children[i].phase == DONE
        ]
        self.drop_children(core, frame)
        self.succeed(core, frame, outputs)

    def succeed(self, core: "Core", frame: Frame, result: JsonValue) -> None:
        """Leave with a result."""
        frame.run.emit(frame, self.kind + "StateSucceeded", core.now(), {"name": self.name})
        self.leave(core, frame, result, result=result)

    def drop_children(self, core: "Core", frame: Frame) -> None:
        """Take all child frames away, telling of those that had not ended."""
        for child in list(frame.children.values()):
            if child.phase not in (DONE, FAILED):
                report_abort(core, child)
                self.report_child(core, child, "Aborted")
            core.remove(child)
        frame.children = {}
        frame.fork = None
        frame.wait = {}

    def on_failure(self, core: "Core", frame: Frame, failure: StateFailure) -> None:
        """Stop the children before Retry or Catch looks at the failure."""
        keep(frame)
        self.drop_children(core, frame)
        super().on_failure(core, frame, failure)

    def report_failure(
        self, core: "Core", frame: Frame, error: str | None, cause: str | None
    ) -> None:
        """Emit MapStateFailed or ParallelStateFailed."""
        details = {"name": self.name, "error": error, "cause": cause}
        frame.run.emit(frame, self.kind + "StateFailed", core.now(), details)

    def redriven(self, core: "Core", frame: Frame) -> None:
        """Children that had not succeeded are about to go on."""

    def resume(self, core: "Core", frame: Frame) -> None:
        """After a restart: count the children again."""
        if frame.phase != FORK:
            super().resume(core, frame)
            return
        phases = [c.phase for c in frame.children.values()]
        frame.fork = Fork(self.total(frame), len(phases), phases.count(DONE), phases.count(FAILED))

    def total(self, frame: Frame) -> int:
        """How many children a forked frame has in all."""
        raise NotImplementedError


def report_abort(core: "Core", frame: Frame) -> None:
    """Emit an event for each state that is left unfinished, innermost first."""
    for child in frame.children.values():
        if child.phase not in (DONE, FAILED):
            report_abort(core, child)
    if frame.phase != ENTER:
        frame.definition.report_abort(core, frame)
