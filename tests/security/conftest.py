"""One server for the attacks that leave nothing behind; it must outlive them all."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support.weft_server import WeftServer

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeftServer]:
    """A server as it is by default: no network of ours may be called."""
    with WeftServer(tmp_path_factory.mktemp("server")) as running:
        yield running
        assert "Traceback" not in running.log()


@pytest.fixture
def run(server: WeftServer) -> Run:
    """Publishes a graph, runs it and gives the ended run."""

    def ended(graph: dict[str, Any], data: Any = None) -> dict[str, Any]:
        return server.wait(server.begin(server.publish(graph), data))

    return ended
