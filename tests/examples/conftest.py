"""The examples, a server to run them on, and the command line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """One example's files."""

    folder: Path

    @property
    def graph(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "graph.json").read_text())
        return found

    @property
    def data(self) -> Any:
        return json.loads((self.folder / "input.json").read_text())

    @property
    def body(self) -> bytes:
        return (self.folder / "input.json").read_bytes()


@pytest.fixture
def weft(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeftServer]:
    with WeftServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def lead_router() -> Example:
    return Example(EXAMPLES / "lead-router")


@pytest.fixture(scope="session")
def triage() -> Example:
    return Example(EXAMPLES / "github-issue-triage")


@pytest.fixture(scope="session")
def order_review() -> Example:
    return Example(EXAMPLES / "order-review")
