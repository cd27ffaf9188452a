"""ItemBatcher: items put together, by number and by size."""

from typing import TYPE_CHECKING

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.run import Frame, Scope

if TYPE_CHECKING:
    from weft.engine.parts import Field, StateParts


class Batcher:
    """Makes `{"BatchInput", "Items"}` of each batch."""

    def __init__(self, parts: "StateParts") -> None:
        self._items = parts.typed("MaxItemsPerBatch", "integer", "ItemBatcher")
        self._bytes = parts.typed("MaxInputBytesPerBatch", "integer", "ItemBatcher")
        self._input = parts.template("BatchInput", "ItemBatcher")
        self._error = parts.field_error

    def batches(self, frame: Frame, items: list[JsonValue]) -> list[JsonValue]:
        """The batches of selected items. Raises StateFailure."""
        scope = Scope(frame)
        most = self._natural(self._items, "MaxItemsPerBatch", scope)
        room = self._natural(self._bytes, "MaxInputBytesPerBatch", scope)
        shared: dict[str, JsonValue] = {}
        if self._input is not None:
            shared["BatchInput"] = self._input.evaluate(scope)
        batches: list[JsonValue] = []
        batch: list[JsonValue] = []
        size = 0
        for item in items:
            length = len(to_json(item)) + 1
            if batch and (len(batch) == most or (room and size + length > room)):
                batches.append({**shared, "Items": batch})
                batch, size = [], 0
            batch.append(item)
            size += length
        if batch:
            batches.append({**shared, "Items": batch})
        return batches

    def _natural(self, field: "Field | None", name: str, scope: Scope) -> int:
        value = 0 if field is None else field.evaluate(scope)
        if value < 0:
            raise StateFailure(self._error, f"ItemBatcher/{name} cannot be negative.", name)
        return int(value)
