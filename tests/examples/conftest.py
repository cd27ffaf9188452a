"""The examples, a server to run them on, and the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
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


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True)
class CommandLine:
    """`weft` with a home of its own."""

    folder: Path

    def __call__(self, *arguments: str, given: str = "") -> Finished:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "WEFT_HOME": str(self.folder / "data"),
            "WEFT_KEY_FILE": str(self.folder / "config" / "weft.key"),
        }
        done = subprocess.run(
            [Path(sys.executable).with_name("weft"), *arguments],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)


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
