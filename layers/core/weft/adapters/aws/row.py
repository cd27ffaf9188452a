"""The one table: how an item looks, and its two sparse indexes. `docs/data-model.md` has the keys.

Indexes hold keys and the label only, so that a change of a body costs them nothing.
"""

from typing import Any

from pynamodb.attributes import BinaryAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from weft.adapters.aws.place import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS, Place


class First(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Lists: by tenant, by trigger type, of all tenants."""

    class Meta:
        index_name = "first"
        projection = IncludeProjection(["label"])
        billing_mode = "PAY_PER_REQUEST"

    pk1 = UnicodeAttribute(hash_key=True)
    sk1 = UnicodeAttribute(range_key=True)


class Second(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Lists of what is in the first under another key already."""

    class Meta:
        index_name = "second"
        projection = IncludeProjection(["label"])
        billing_mode = "PAY_PER_REQUEST"

    pk2 = UnicodeAttribute(hash_key=True)
    sk2 = UnicodeAttribute(range_key=True)


class Row(Model):
    """An item. `rev` is new with every write; `body` is JSON, or `stored` says where it lies."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    rev = UnicodeAttribute()
    body = BinaryAttribute(null=True, legacy_encoding=False)
    stored = UnicodeAttribute(null=True)
    label = UnicodeAttribute(null=True)  # what lists are narrowed by
    pk1 = UnicodeAttribute(null=True)
    sk1 = UnicodeAttribute(null=True)
    pk2 = UnicodeAttribute(null=True)
    sk2 = UnicodeAttribute(null=True)
    expires = TTLAttribute(null=True)

    first = First()
    second = Second()


def row_of(place: Place, table: str) -> type[Row]:
    """The item's class, bound to a table."""

    class Meta:
        table_name = table
        region = place.region
        host = place.endpoint
        aws_access_key_id = place.access_key
        aws_secret_access_key = place.secret_key
        billing_mode = "PAY_PER_REQUEST"
        connect_timeout_seconds = CONNECT_SECONDS
        read_timeout_seconds = READ_SECONDS
        max_retry_attempts = ATTEMPTS - 1

    # pynamodb reads `Meta` when the class is made, so every table has a class of its own.
    return type("Row", (Row,), {"Meta": Meta, "first": First(), "second": Second()})


def connection_to(place: Place) -> Connection:
    """For what spans items: pynamodb's transactions go by a connection, not by a class."""
    return Connection(
        region=place.region,
        host=place.endpoint,
        aws_access_key_id=place.access_key,
        aws_secret_access_key=place.secret_key,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_retry_attempts=ATTEMPTS - 1,
    )
