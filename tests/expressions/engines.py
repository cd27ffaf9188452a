"""Three JSONata engines behind one call: many expressions over the same data at a time."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from weft.engine.jsonata import MISSING, Jsonata, JsonataError
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata
from weft.expressions.ast import JsonValue

ORACLE = Path(__file__).parent / "jsonata_oracle"

TRIES = 5

Bindings = dict[str, JsonValue]


class Failed(str):
    """What an engine answered instead of a value: an error, or "undefined"."""


class Engine(Protocol):
    """Evaluates JSONata texts."""

    def table(self, texts: Sequence[str], data: Sequence[Bindings]) -> list[list[Any]]:
        """A row per text with its value, or `Failed`, over each of the bindings."""
        ...


class Asked:
    """One text over one set of bindings, as most tests ask an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, text: str, bindings: Bindings) -> Any:
        return self.engine.table([text], [bindings])[0][0]


class Embedded:
    """An engine in this process."""

    def __init__(self, library: Jsonata) -> None:
        self._library = library

    def table(self, texts: Sequence[str], data: Sequence[Bindings]) -> list[list[Any]]:
        return [[self._one(text, bindings) for bindings in data] for text in texts]

    def _one(self, text: str, bindings: Bindings) -> Any:
        failed = Failed()
        for _ in range(TRIES):
            try:
                found = self._library.compile(text).evaluate(None, bindings)
            except JsonataError as error:
                failed = Failed(f"{error.code} {error}")
                if error.code == "U1001" and "timeout" in str(error):
                    continue  # a limit on the clock, which a busy machine uses up for others
                return failed
            return Failed("undefined") if found is MISSING else found
        return failed


def fast_engine() -> Engine:
    """The engine that runs artefacts on a laptop."""
    return Embedded(FastJsonata())


def second_engine() -> Engine:
    """The Python port close to the reference implementation."""
    return Embedded(ReferenceJsonata())


class Original:
    """The reference implementation in a Node process: `send` a table, `receive` its values."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None and process.stdout is not None
        self._requests, self._answers = process.stdin, process.stdout

    def send(self, texts: Sequence[str], data: Sequence[Bindings]) -> None:
        """Node works on it while the caller does something else."""
        request = {"expressions": list(texts), "bindings": list(data)}
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()

    def receive(self) -> list[list[Any]]:
        rows = json.loads(self._answers.readline(), parse_int=_number)
        return [[_told(answer) for answer in row] for row in rows]

    def table(self, texts: Sequence[str], data: Sequence[Bindings]) -> list[list[Any]]:
        self.send(texts, data)
        return self.receive()


def _number(digits: str) -> int | float:
    """JavaScript prints large doubles without an exponent; they are no integers for that."""
    return int(digits) if len(digits) < 17 else float(digits)


def _told(answer: Any) -> Any:
    return answer["value"] if "value" in answer else Failed(answer.get("error", "undefined"))


def node_and_npm() -> tuple[str, str] | None:
    """The programs that the reference implementation needs, where they are installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return None if node is None or npm is None else (node, npm)


@contextmanager
def original_engine(node: str, npm: str) -> Iterator[Original]:
    """The reference implementation, in the version that Step Functions speaks."""
    if not (ORACLE / "node_modules" / "jsonata").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ORACLE, check=True)
    with subprocess.Popen(
        [node, str(ORACLE / "oracle.js")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        engine = Original(process)
        yield engine
        assert process.stdin is not None
        process.stdin.close()
