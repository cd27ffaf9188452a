"""Long lists in pages, the newest first, by an index of the table."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from pynamodb.exceptions import PynamoDBException

from weft.adapters.aws.bodies import Json
from weft.adapters.aws.keys import BEHIND, Key, key
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import as_ours
from weft.adapters.cursors import cursor_of, read_cursor
from weft.domain.page import MAX_LIMIT, Page, PageRequest

T = TypeVar("T")

_AT_ONCE: Final = 100  # items that one BatchGetItem gives (DynamoDB service quotas)


@dataclass(frozen=True, slots=True)
class Listed:
    """Part of an index: `index` is `first` or `second`, sorted by a time and an id.

    `since` and `until` (epoch milliseconds, not included) bound the time. `labels`: only these;
    `within`: only labels that have this in them.
    """

    index: str
    pk: str
    since: int | None = None
    until: int | None = None
    labels: tuple[str, ...] = ()
    within: str = ""


def page_of(
    table: Table,
    listed: Listed,
    page: PageRequest,
    read: Callable[[Json], T | None],
    placed: Callable[[T], tuple[int, str]],
) -> Page[T]:
    """A page of what `read` makes of the values; None leaves one out. `placed`: time and id.

    Raises `Invalid` for a cursor of another list. Indexes follow the table within a moment.
    """
    below = key(listed.until) if listed.until is not None else BEHIND
    if page.cursor is not None:
        below = min(below, key(*read_cursor(page.cursor)))
    found = _wanted(table, listed, below, read, page.size + 1)
    items = tuple(islice(found, page.size + 1))
    more = len(items) > page.size
    return Page(items[: page.size], cursor_of(*placed(items[page.size - 1])) if more else None)


def all_of(table: Table, listed: Listed) -> list[Json]:
    """All values of a part of an index, the first in its order first."""
    below = key(listed.until) if listed.until is not None else BEHIND
    return list(values_of(table, _keys(table, listed, below, MAX_LIMIT)))[::-1]


def _wanted(
    table: Table, listed: Listed, below: str, read: Callable[[Json], T | None], most: int
) -> Iterator[T]:
    for value in values_of(table, _keys(table, listed, below, most)):
        made = read(value)
        if made is not None:
            yield made


def _keys(table: Table, listed: Listed, below: str, most: int) -> Iterator[Key]:
    """Keys with a sort key less than `below`, from the greatest down."""
    row: Any = table.items.row
    label, sk = row.label, row.sk1 if listed.index == "first" else row.sk2
    narrowed = None
    if listed.labels:
        narrowed = label.is_in(*listed.labels)
    if listed.within:
        narrowed = label.contains(listed.within)
    low = key(listed.since) if listed.since is not None else " "
    if low >= below:
        return
    try:
        found = getattr(row, listed.index).query(
            listed.pk,
            sk.between(low, below),
            filter_condition=narrowed,
            scan_index_forward=False,
            page_size=None if narrowed is not None else most + 1,
        )
        for item in found:
            if (item.sk1 if listed.index == "first" else item.sk2) != below:
                yield item.pk, item.sk
    except PynamoDBException as error:
        raise as_ours(error) from error


def values_of(table: Table, keys: Iterable[Key]) -> Iterator[Json]:
    """The newest values of items, in the order of their keys; what has gone is left out."""
    following = iter(keys)
    while batch := list(islice(following, _AT_ONCE)):
        try:
            rows = table.items.row.batch_get(batch, consistent_read=True)
            found = {(row.pk, row.sk): row for row in rows}
        except PynamoDBException as error:
            raise as_ours(error) from error
        for at in batch:
            if at in found:
                yield table.items.bodies.get(found[at].body, found[at].stored)
