"""One moto server, and an empty store on it for each test."""

from collections.abc import Iterator

import pytest
from tests.support.aws_server import moto_server, new_bucket, new_table

from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.bodies import Bodies
from weft.adapters.aws.place import Place
from weft.adapters.aws.row import Row, connection_to
from weft.adapters.aws.store import DynamoStore
from weft.adapters.aws.table import Table
from weft.adapters.aws.unit import Items


@pytest.fixture(scope="session")
def moto() -> Iterator[Place]:
    with moto_server() as place:
        yield place


class Made:
    """A table and a bucket, for as many stores as there are processes."""

    def __init__(self, place: Place) -> None:
        self.place, self.table, self.bucket = place, new_table(place), new_bucket(place)

    def store(self) -> DynamoStore:
        """A new one: what each process has."""
        return DynamoStore(self.place, self.table, Blobs(self.place, self.bucket))

    def over(self, row: type[Row]) -> Table:
        """The table, by a class for its items."""
        bodies = Bodies(Blobs(self.place, self.bucket))
        return Table(Items(row, connection_to(self.place), bodies))


@pytest.fixture
def made(moto: Place) -> Made:
    return Made(moto)
