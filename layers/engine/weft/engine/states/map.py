"""Map: the same states for every item, a few at a time."""

from typing import TYPE_CHECKING, Any

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.run import Fork, Frame, Scope
from weft.engine.states.fork import ForkState
from weft.engine.template import QUERY_ERROR

if TYPE_CHECKING:
    from weft.engine.core import Core
    from weft.engine.machine import Block
    from weft.engine.parts import StateParts

# Step Functions: an inline Map runs at most 40 iterations at a time, a distributed one 10,000.
INLINE_LIMIT = 40
DISTRIBUTED_LIMIT = 10_000
THRESHOLD = "States.ExceedToleratedFailureThreshold"


class MapState(ForkState):
    """Inline, or distributed run in the same way but without sight of outer variables."""

    kind = "Map"

    def __init__(self, parts: "StateParts") -> None:
        super().__init__(parts)
        place = "ItemProcessor" if "ItemProcessor" in parts.source else "Iterator"
        processor = parts.source[place]
        config = processor.get("ProcessorConfig", {})
        distributed = config.get("Mode") == "DISTRIBUTED"
        self.shares_variables = not distributed
        self._cap = DISTRIBUTED_LIMIT if distributed else INLINE_LIMIT
        self._items = parts.typed("Items", "array")
        self._selector = parts.template("ItemSelector")
        self._concurrency = parts.typed("MaxConcurrency", "integer")
        self._tolerated_count = parts.typed("ToleratedFailureCount", "integer")
        self._tolerated_percentage = parts.typed("ToleratedFailurePercentage", "number")
        self._batch_items = parts.typed("MaxItemsPerBatch", "integer", "ItemBatcher")
        self._batch_bytes = parts.typed("MaxInputBytesPerBatch", "integer", "ItemBatcher")
        self._batch_input = parts.template("BatchInput", "ItemBatcher")
        self._batched = bool(parts.source.get("ItemBatcher"))
        self._processor = parts.block(processor, place)

    def work(self, core: "Core", frame: Frame) -> None:
        """Work out items and limits, then start the first iterations."""
        scope = Scope(frame)
        items = self._evaluate_items(frame, scope)
        concurrency = self._natural(self._concurrency, "MaxConcurrency", scope)
        wait: dict[str, Any] = {"items": items, "max": concurrency or self._cap}
        if self._tolerated_count is not None:
            wait["count"] = self._natural(self._tolerated_count, "ToleratedFailureCount", scope)
        if self._tolerated_percentage is not None:
            wait["percentage"] = self._tolerated_percentage.evaluate(scope)
            if not 0 <= wait["percentage"] <= 100:
                cause = "ToleratedFailurePercentage must be between 0 and 100."
                raise StateFailure(QUERY_ERROR, cause, "ToleratedFailurePercentage")
        if self._batched:
            wait["items"] = self._batches(frame, items)
        frame.wait = wait
        total = len(wait["items"])
        frame.run.emit(frame, "MapStateStarted", core.now(), {"name": self.name, "length": total})
        self.begin(core, frame, total)

    def _evaluate_items(self, frame: Frame, scope: Scope) -> list[JsonValue]:
        if self._items is not None:
            found: list[JsonValue] = self._items.evaluate(scope)
            return found
        if not isinstance(frame.input, list):
            text = to_json(frame.input).decode()
            raise StateFailure(QUERY_ERROR, f"Map state input must be an array but was: {text}")
        return frame.input

    @staticmethod
    def _natural(field: Any, name: str, scope: Scope) -> int:
        if field is None:
            return 0
        value: int = field.evaluate(scope)
        if value < 0:
            raise StateFailure(QUERY_ERROR, f"{name} cannot be negative.", name)
        return value

    def _batches(self, frame: Frame, items: list[JsonValue]) -> list[JsonValue]:
        scope = Scope(frame)
        most = self._natural(self._batch_items, "ItemBatcher/MaxItemsPerBatch", scope)
        room = self._natural(self._batch_bytes, "ItemBatcher/MaxInputBytesPerBatch", scope)
        shared: dict[str, JsonValue] = {}
        if self._batch_input is not None:
            shared["BatchInput"] = self._batch_input.evaluate(scope)
        batches: list[JsonValue] = []
        batch: list[JsonValue] = []
        size = 0
        for index, item in enumerate(items):
            value = self._selected(frame, index, item)
            length = len(to_json(value)) + 1
            if batch and (len(batch) == most or (room and size + length > room)):
                batches.append({**shared, "Items": batch})
                batch, size = [], 0
            batch.append(value)
            size += length
        if batch:
            batches.append({**shared, "Items": batch})
        return batches

    def _selected(self, frame: Frame, index: int, item: JsonValue) -> JsonValue:
        if self._selector is None:
            return item
        return self._selector.evaluate(Scope(frame, item=(index, item)))

    def limit(self, frame: Frame) -> int:
        """MaxConcurrency, at most what the mode allows."""
        return min(int(frame.wait["max"]), self._cap)

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
        return item if self._batched else self._selected(frame, index, item)

    def report_child(self, core: "Core", child: Frame, what: str) -> None:
        """Emit MapIterationStarted, Succeeded, Failed or Aborted."""
        details = {"name": self.name, "index": child.index}
        child.run.emit(child, "MapIteration" + what, core.now(), details)

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
        """The item's failure, or the threshold's where there is one."""
        if "count" not in frame.wait and "percentage" not in frame.wait:
            return super().threshold_failure(frame, failure)
        cause = "The specified tolerated failure threshold was exceeded"
        return StateFailure(THRESHOLD, cause, inner=True)
