"""What one transaction has read and will write."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from weft.adapters.aws.bodies import Bodies, Json
from weft.adapters.aws.keys import Key
from weft.adapters.aws.row import Row
from weft.domain.errors import StorageUnavailable

MOST: Final = 100  # items of one transaction (DynamoDB service quotas)
_LOST = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Raced(Exception):
    """Somebody changed what was read before it could be written."""


@dataclass(frozen=True, slots=True)
class Items:
    """What items are read and written by."""

    row: type[Row]
    connection: Connection
    bodies: Bodies


@dataclass(frozen=True, slots=True)
class Entry:
    """An item to be written. `first` and `second` are its keys in the indexes; `expires`: epoch
    milliseconds, after which it may vanish."""

    at: Key
    value: Json
    first: Key | None = None
    second: Key | None = None
    label: str | None = None
    expires: int | None = None


class Unit:
    """Reads see the writes made before."""

    def __init__(self, items: Items) -> None:
        self._row = items.row
        self._connection = items.connection
        self._bodies = items.bodies
        self._seen: dict[Key, str | None] = {}  # the `rev` as it was read; None: no item
        self._found: dict[Key, Json | None] = {}
        self._written: dict[Key, Entry | None] = {}

    def get(self, at: Key) -> Json | None:
        """The value as it stands in this transaction; None: there is none."""
        if at in self._written:
            entry = self._written[at]
            return None if entry is None else entry.value
        if at not in self._seen:
            item = self._read(at)
            self._seen[at] = None if item is None else item.rev
            self._found[at] = None if item is None else self._bodies.get(item.body, item.stored)
        return self._found[at]

    def put(self, entry: Entry) -> None:
        """Writes an item, if nobody changes it before."""
        self.get(entry.at)
        self._written[entry.at] = entry

    def append(self, entry: Entry) -> None:
        """Writes an item that is the same whoever writes it, and is not read first."""
        self._written[entry.at] = entry

    def remove(self, at: Key) -> None:
        """Removes an item, if nobody changes it before."""
        if self.get(at) is not None:
            self._written[at] = None

    def commit(self) -> None:
        """Raises `Raced`, `StorageUnavailable`.

        More than 100 items take several transactions, and what was written first goes in the last
        of them: until it is there, whoever made the change finds it undone and makes it again.
        """
        writes = list(self._written.items())
        if not writes:
            return
        try:
            if len(writes) == 1:
                self._write_one(*writes[0])
                return
            for end in range(len(writes), 0, -MOST):
                self._write_all(writes[max(end - MOST, 0) : end])
        except PynamoDBException as error:
            if _lost(error):
                raise Raced from error
            raise as_ours(error) from error

    def _write_one(self, at: Key, entry: Entry | None) -> None:
        if entry is None:
            self._row(*at).delete(condition=self._condition(at))
            return
        item = self._item(entry)
        try:
            item.save(condition=self._condition(at))
        except PynamoDBException as error:
            # Tried again after a lost answer, the condition fails on what was written itself.
            now = self._read(at) if _lost(error) else None
            if now is None or now.rev != item.rev:
                raise

    def _write_all(self, writes: list[tuple[Key, Entry | None]]) -> None:
        token = secrets.token_hex(16)  # so that a repeated request is known as one
        with TransactWrite(client_request_token=token, connection=self._connection) as together:
            for at, entry in writes:
                condition = self._condition(at)
                if entry is None:
                    together.delete(self._row(*at), condition=condition)
                else:
                    together.save(self._item(entry), condition=condition)

    def _condition(self, at: Key) -> Condition | None:
        if at not in self._seen:
            return None
        seen = self._seen[at]
        return self._row.pk.does_not_exist() if seen is None else self._row.rev == seen

    def _item(self, entry: Entry) -> Row:
        body, stored = self._bodies.put(entry.at, entry.value)
        held: dict[str, Any] = {"body": body, "stored": stored, "label": entry.label}
        if entry.first is not None:
            held["pk1"], held["sk1"] = entry.first
        if entry.second is not None:
            held["pk2"], held["sk2"] = entry.second
        if entry.expires is not None:
            held["expires"] = datetime.fromtimestamp(entry.expires // 1000, UTC)
        # Random, not counted: an item that was removed and made again is another one.
        return self._row(*entry.at, rev=secrets.token_hex(8), **held)

    def _read(self, at: Key) -> Row | None:
        try:
            return self._row.get(*at, consistent_read=True)
        except DoesNotExist:
            return None
        except PynamoDBException as error:
            raise as_ours(error) from error


def _lost(error: PynamoDBException) -> bool:
    code = error.cause_response_code
    if code == "TransactionCanceledException":
        reasons = getattr(error, "cancellation_reasons", ())
        return any(reason is not None and reason.code in _LOST for reason in reasons)
    return code in ("ConditionalCheckFailedException", "TransactionConflictException")


def as_ours(error: PynamoDBException) -> StorageUnavailable:
    """The store's error for one of DynamoDB's."""
    return StorageUnavailable(f"the table: {error.cause_response_message or error}")
