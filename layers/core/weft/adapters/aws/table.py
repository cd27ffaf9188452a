"""Reads and writes of the table, and transactions by comparing what was read (optimistic).

H. T. Kung and J. T. Robinson, "On Optimistic Methods for Concurrency Control", ACM TODS 1981: a
write is put together from what was read, and takes effect only if nobody changed that meanwhile.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pynamodb.exceptions import PynamoDBException

from weft.adapters.aws.bodies import Json
from weft.adapters.aws.keys import BEHIND, Key
from weft.adapters.aws.unit import Items, Raced, Unit, as_ours
from weft.domain.errors import StorageUnavailable

T = TypeVar("T")

ATTEMPTS: Final = 8  # at a change that others come between; each sees a newer state
_PAUSE: Final = 0.01  # seconds before the second, doubled each time


class Table:
    """For one thread, as the port of the store is."""

    def __init__(self, items: Items) -> None:
        self.items = items
        self._unit: Unit | None = None
        self._last_arrival = 0

    def arrival(self) -> int:
        """Nanoseconds since 1970, never the same twice: orders what this process adds."""
        self._last_arrival = max(time.time_ns(), self._last_arrival + 1)
        return self._last_arrival

    def get(self, at: Key) -> Json | None:
        """The newest value, that of an open transaction included; None: there is none."""
        return (self._unit or Unit(self.items)).get(at)

    def under(self, pk: str, prefix: str, low: str = "") -> Iterator[tuple[str, Json]]:
        """Sort keys and values of a partition in order, where the sort key begins with `prefix`,
        from `low` on. Writes of an open transaction are not among them."""
        row = self.items.row
        wanted = row.sk.between(low, prefix + BEHIND) if low else row.sk.startswith(prefix)
        try:
            for item in row.query(pk, wanted, consistent_read=True):
                yield item.sk, self.items.bodies.get(item.body, item.stored)
        except PynamoDBException as error:
            raise as_ours(error) from error

    def count(self, pk: str, prefix: str) -> int:
        """How many items of a partition have such a sort key."""
        row = self.items.row
        try:
            return row.count(pk, row.sk.startswith(prefix), consistent_read=True)
        except PynamoDBException as error:
            raise as_ours(error) from error

    def write(self, change: Callable[[Unit], T]) -> T:
        """Makes a change in the open transaction, or in one of its own, which is then made again
        if somebody else comes between. `change` may raise: then nothing is written."""
        if self._unit is not None:
            return change(self._unit)
        for attempt in range(ATTEMPTS):
            unit = Unit(self.items)
            outcome = change(unit)
            try:
                unit.commit()
            except Raced:
                time.sleep(_PAUSE * 2**attempt)
                continue
            return outcome
        raise StorageUnavailable("too many change the same thing at once; try again")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inner ones belong to the outermost.

        Raises `StorageUnavailable` if somebody else changed what was read: try it again.
        """
        if self._unit is not None:
            yield
            return
        self._unit = unit = Unit(self.items)
        try:
            yield
        finally:
            self._unit = None
        try:
            unit.commit()
        except Raced as error:
            raise StorageUnavailable("somebody changed the same thing meanwhile") from error
