"""Map: the same states for every item, a few at a time; inline, or as a Map Run (distributed).

Here a Map Run's children are frames of the run around it, not executions of their own; the history
that others see leaves their events out. Outer variables they do not see.
"""

from typing import TYPE_CHECKING, Any, Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.run import DONE, FORK, TASK, WORK, Fork, Frame, Scope
from weft.engine.states.batches import Batcher
from weft.engine.states.fork import ForkState
from weft.engine.states.item_reader import ItemReader
from weft.engine.states.result_writer import ResultWriter

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.machine import Block
    from weft.engine.parts import Field, StateParts

# Step Functions: an inline Map runs at most 40 iterations at a time, a distributed one 10,000.
INLINE_LIMIT: Final = 40
DISTRIBUTED_LIMIT: Final = 10_000
THRESHOLD: Final = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE: Final = "The specified tolerated failure threshold was exceeded"


class MapState(ForkState):
    """Works out the items (or reads them), runs the iterations, gives (or writes) the results."""

    kind = "Map"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        place = "ItemProcessor" if "ItemProcessor" in parts.source else "Iterator"
        processor = parts.source[place]
        self._label = parts.source.get("Label", parts.name)
        self._distributed = processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
        self.shares_variables = not self._distributed
        self._cap = DISTRIBUTED_LIMIT if self._distributed else INLINE_LIMIT
        self._reader = ItemReader(parts) if "ItemReader" in parts.source else None
        self._writer = ResultWriter(parts) if "ResultWriter" in parts.source else None
        self._batcher = Batcher(parts) if parts.source.get("ItemBatcher") else None
        self._items = parts.typed("Items", "array")
        self._selector = parts.template("ItemSelector")
        self._concurrency = parts.typed("MaxConcurrency", "integer")
        self._tolerated_count = parts.typed("ToleratedFailureCount", "integer")
        self._tolerated_percentage = parts.typed("ToleratedFailurePercentage", "number")
        self._processor = parts.block(processor, place)

    def work(self, core: "Core", frame: Frame) -> None:
        """Work out items and limits, then start the first iterations, or read the items first."""
        scope = Scope(frame)
        items = [] if self._reader is not None else self._evaluate_items(frame, scope)
        concurrency = self._natural(self._concurrency, "MaxConcurrency", scope)
        details = {"name": self.name, "length": len(items)}
        if self._reader is None and self._batcher is not None:
            items = self._batcher.batches(frame, [*self._all_selected(frame, items)])
            details["length"] = len(items)
        frame.run.emit(frame, "MapStateStarted", core.now(), details)
        wait: dict[str, Any] = {"items": items, "max": concurrency}
        self._tolerance(wait, scope)
        if self._reader is not None:
            wait["call"] = self._reader.call(scope)
        frame.wait = wait
        if self._distributed:
            wait["run"] = f"{frame.run.row.id}/{self._label}:{frame.run.last_id + 1}"
            about = self.about(frame) | {
                "name": self.name,
                "batched": self._batcher is not None,
                "writes": self._writer is not None and self._writer.writes,
            }
            frame.run.emit(frame, "MapRunStarted", core.now(), about)
        if self._reader is None:
            self.begin(core, frame, len(items))
        else:
            frame.phase = TASK
            core.dispatch(frame)

    def about(self, frame: Frame) -> dict[str, Any]:
        """What is told of the Map Run that a frame is in: its id, its limits, what there is to do.

        The id is the execution's, the state's label and the number of the event it began with.
        """
        wait = frame.wait
        if "about" in wait:
            told: dict[str, Any] = wait["about"]
            return told
        batched = self._batcher is not None
        began_earlier = f"{frame.run.row.id}/{self.name}:{frame.entered_id}"  # by an older Weft
        return {
            "mapRun": wait.get("run", began_earlier),
            "limits": {
                "maxConcurrency": wait["max"],
                "toleratedFailureCount": wait.get("count", 0),
                "toleratedFailurePercentage": float(wait.get("percentage", 0)),
            },
            "total": None if "call" in wait else len(wait["items"]),
            "items": sum(len(i["Items"]) if batched else 1 for i in wait["items"]),
        }

    def changed(self, core: "Core", frame: Frame) -> None:
        """Its limits are others: more may start."""
        if frame.phase == FORK:
            self.start_some(core, frame)

    def _tolerance(self, wait: dict[str, Any], scope: Scope) -> None:
        if self._tolerated_count is not None:
            wait["count"] = self._natural(self._tolerated_count, "ToleratedFailureCount", scope)
        if self._tolerated_percentage is not None:
            wait["percentage"] = self._tolerated_percentage.evaluate(scope)
            if not 0 <= wait["percentage"] <= 100:
                cause = "ToleratedFailurePercentage must be between 0 and 100."
                raise StateFailure(self.field_error, cause, "ToleratedFailurePercentage")

    def _evaluate_items(self, frame: Frame, scope: Scope) -> list[JsonValue]:
        if self._items is not None:
            found: list[JsonValue] = self._items.evaluate(scope)
            return found
        if not isinstance(frame.input, list):
            text = to_json(frame.input).decode()
            cause = f"Map state input must be an array but was: {text}"
            raise StateFailure(self.field_error, cause)
        return frame.input

    def _natural(self, field: "Field | None", name: str, scope: Scope) -> int:
        if field is None:
            return 0
        value: int = field.evaluate(scope)
        if value < 0:
            raise StateFailure(self.field_error, f"{name} cannot be negative.", name)
        return value

    def _all_selected(self, frame: Frame, items: list[JsonValue]) -> list[JsonValue]:
        return [self._selected(frame, index, item) for index, item in enumerate(items)]

    def _selected(self, frame: Frame, index: int, item: JsonValue) -> JsonValue:
        if self._selector is None:
            return item
        return self._selector.evaluate(Scope(frame, item=(index, item)))

    def returned(
        self, core: "Core", frame: Frame, result: JsonValue, failure: StateFailure | None
    ) -> None:
        """The items were read, or a file of results was written."""
        if frame.phase != TASK:
            return
        if "writes" in frame.wait:
            assert self._writer is not None
            self._written(core, frame, self._writer, failure)
            return
        assert self._reader is not None
        scope = Scope(frame)
        items = self._reader.items(scope, result, failure, frame.wait["items"])
        following = self._reader.following(frame.wait["call"], result, len(items), scope)
        if following is not None:
            frame.wait = {**frame.wait, "call": following, "items": items}
            core.dispatch(frame)
            return
        frame.wait = {k: v for k, v in frame.wait.items() if k != "call"}
        if self._batcher is not None:
            items = self._batcher.batches(frame, self._all_selected(frame, items))
        frame.wait["items"] = items
        self.begin(core, frame, len(items))

    def resume(self, core: "Core", frame: Frame) -> None:
        """After a restart: reading and writing start again, iterations are counted again."""
        if frame.phase == TASK:
            core.dispatch(frame)
        else:
            super().resume(core, frame)

    def limit(self, frame: Frame) -> int:
        """MaxConcurrency, at most what the mode allows."""
        return min(int(frame.wait["max"]) or self._cap, self._cap)

    def total(self, frame: Frame) -> int:
        """As many as there are items or batches."""
        return len(frame.wait["items"])

    def item(self, frame: Frame, index: int) -> tuple[int, JsonValue] | None:
        """Index and value of an iteration's item."""
        return index, frame.wait["items"][index]

    def child_block(self, index: int) -> "Block":
        """The item processor."""
        return self._processor

    def child_input(self, core: "Core", frame: Frame, index: int) -> JsonValue:
        """The item through ItemSelector; a batch has its items selected already."""
        item = frame.wait["items"][index]
        return item if self._batcher is not None else self._selected(frame, index, item)

    def report_child(
        self, core: "Core", child: Frame, what: str, failure: StateFailure | None = None
    ) -> None:
        """Emit MapIterationStarted, Succeeded, Failed or Aborted."""
        details: dict[str, Any] = {"name": self.name, "index": child.index}
        if failure is not None and self._distributed:
            shown = {"error": failure.error, "cause": failure.cause}
            details |= {name: text for name, text in shown.items() if text is not None}
        child.run.emit(child, "MapIteration" + what, core.now(), details)

    def kept_of(self, failure: StateFailure) -> JsonValue:
        """What a ResultWriter tells of a failed iteration."""
        return None if self._writer is None else {"Error": failure.error, "Cause": failure.cause}

    def tolerates(self, frame: Frame, fork: Fork) -> bool:
        """Whether the failures so far are within the thresholds."""
        count = frame.wait.get("count")
        percentage = frame.wait.get("percentage")
        if count is None and percentage is None:
            return False
        if count is not None and fork.failed > count:
            return False
        return percentage is None or fork.failed * 100 <= percentage * fork.total

    def threshold_failure(self, frame: Frame, failure: StateFailure) -> StateFailure:
        """The item's failure, or the threshold's: a Map Run always has one, which may be 0."""
        if not self._distributed and not frame.wait.keys() & {"count", "percentage"}:
            return super().threshold_failure(frame, failure)
        return StateFailure(THRESHOLD, THRESHOLD_CAUSE, inner=True)

    def gather(self, core: "Core", frame: Frame) -> None:
        """Leave with the results, or with where they are once they are written."""
        about = self.about(frame) if self._distributed else {}
        if self._writer is None:
            self._report_run(core, frame, about)
            super().gather(core, frame)
            return
        ended = [frame.children[i] for i in sorted(frame.children)]
        results = self._writer.results(about["mapRun"], frame.run, [
            (child.index, child.phase == DONE, self.child_input(core, frame, child.index),
             child.input)
            for child in ended
        ])  # fmt: skip
        self.drop_children(core, frame)
        if not self._writer.writes:
            self._report_run(core, frame, about)
            self.succeed(core, frame, results)
            return
        writes = self._writer.calls(Scope(frame), about["mapRun"], frame.run, results)
        frame.phase = TASK
        frame.wait = {"run": about["mapRun"], "about": about, "writes": writes, "call": writes[0]}
        core.dispatch(frame)

    def _written(
        self, core: "Core", frame: Frame, writer: ResultWriter, failure: StateFailure | None
    ) -> None:
        if failure is not None:
            raise writer.failure(failure)
        done, *left = frame.wait["writes"]
        if left:
            frame.wait = {**frame.wait, "writes": left, "call": left[0]}
            core.dispatch(frame)
            return
        about = self.about(frame)
        frame.wait = {}
        self._report_run(core, frame, about)
        self.succeed(core, frame, writer.told(about["mapRun"], frame.run, done))

    def _report_run(self, core: "Core", frame: Frame, about: dict[str, Any]) -> None:
        """Emit MapRunSucceeded, where there is a Map Run; the state's own end is still to come."""
        if about:
            frame.run.emit(frame, "MapRunSucceeded", core.now(), about)
        frame.phase = WORK

    def redriven(self, core: "Core", frame: Frame) -> None:
        """Emit MapRunRedriven, where there is a Map Run."""
        if self._distributed:
            count = frame.wait.get("redrives", 0) + 1
            frame.wait = {**frame.wait, "redrives": count}
            details = {"mapRun": self.about(frame)["mapRun"], "redriveCount": count}
            frame.run.emit(frame, "MapRunRedriven", core.now(), details)

    def report_abort(self, core: "Core", frame: Frame) -> None:
        """A Map Run that had begun ends before its state does."""
        if self._distributed and frame.phase in (FORK, TASK):
            frame.run.emit(frame, "MapRunAborted", core.now(), self.about(frame))
        super().report_abort(core, frame)

    def on_failure(self, core: "Core", frame: Frame, failure: StateFailure) -> None:
        """A Map Run that had begun fails before its state does."""
        if self._distributed and frame.phase in (FORK, TASK):
            details = {**self.about(frame), "error": failure.error}
            if failure.cause is not None:
                details["cause"] = failure.cause
            frame.run.emit(frame, "MapRunFailed", core.now(), details)
        super().on_failure(core, frame, failure)
