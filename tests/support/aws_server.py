"""DynamoDB, S3, KMS and Secrets Manager on a loopback socket, by moto."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer

from weft.adapters.aws.blobs import Blobs
from weft.adapters.aws.place import Place
from weft.adapters.aws.row import row_of
from weft.adapters.aws.store import DynamoStore


def place_at(endpoint: str) -> Place:
    """An emulator that takes any keys."""
    return Place("us-east-1", endpoint, "any", "any")


@contextmanager
def moto_server() -> Iterator[Place]:
    """Keeps everything in memory; ends with the block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield place_at(f"http://{host}:{port}")
    finally:
        server.stop()


def new_bucket(place: Place) -> str:
    """The name of an empty one."""
    name = f"bucket-{uuid.uuid4()}"
    place.client("s3").create_bucket(Bucket=name)
    return name


def new_table(place: Place) -> str:
    """The name of an empty one."""
    name = f"weft-{uuid.uuid4()}"
    row_of(place, name).create_table(wait=True)
    return name


def new_store(place: Place) -> DynamoStore:
    """An empty one, in a table and a bucket of its own."""
    return DynamoStore(place, new_table(place), Blobs(place, new_bucket(place)))
