"""Random expressions and data, and three JSONata engines to hold the reference evaluator to."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from weft.engine.jsonata import MISSING, JsonataError
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata
from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Concat,
    Expr,
    Get,
    If,
    JsonValue,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Slice,
    Unary,
    Var,
)

ORACLE = Path(__file__).parent / "jsonata_oracle"
NAMES = ("a", "b", "c")
KEYS = ("k", "id", "list", "10", "2", "a b", "in", "constructor", "é😀", "")
TEXTS = (
    "", "a", "abc", "b,a,c", " x y ", "10", "-2.5", "1e3", "Ünï", "😀", "a😀b", "it's", 'say "hi"',
    "back\\slash", "{% x %}", "%}", "line\nbreak\t", "\x01", "true", "$1 $0", "null", "\u2028",
)  # fmt: skip
NUMBERS = (
    0, 1, 2, 3, -1, -2, 7, 10, 100, 0.5, 0.1, -1.5, 2.675, 0.2, 2.5, 1e-7, 123456.789, 1e300,
    -1e300, 1e-300, 1e15, 1732147200123456, 1e20, 1e21, 9007199254740991,
)  # fmt: skip
PATTERNS = ("a", "^a", "b$", "^[a-c,]*$", "^.$", "x|y", "\\d+", "[^a]", "^$", "\\s", "😀", "a?")

Pick = Callable[[int], int]


class Maker:
    """Draws values and expressions; `pick(n)` chooses from 0 to n - 1, the simplest first."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick

    def of(self, options: Any) -> Any:
        """One of a sequence."""
        return options[self.pick(len(options))]

    def value(self, depth: int = 3) -> JsonValue:
        """JSON data."""
        kind = self.pick(8 if depth else 5)
        if kind == 0:
            return None
        if kind == 1:
            return bool(self.pick(2))
        if kind == 2:
            return self.of(NUMBERS)
        if kind in (3, 4):
            return self.of(TEXTS)
        if kind == 5:
            return {self.of(KEYS): self.value(depth - 1) for _ in range(self.pick(4))}
        if kind == 6:  # alike elements, so that sums and sorts have something to do
            pool = self.of((NUMBERS, TEXTS))
            return [self.of(pool) for _ in range(self.pick(5))]
        return [self.value(depth - 1) for _ in range(self.pick(4))]

    def expression(self, depth: int = 4, scope: tuple[str, ...] = ()) -> Expr:
        """Any form of the language, over the references NAMES and the bound names of `scope`."""
        if depth == 0 or self.pick(6) == 0:
            return self.leaf(scope)
        form = self.pick(12)
        if form in (0, 1):
            return Get(self.expression(depth - 1, scope), self.of(KEYS))
        if form == 2:
            return At(self.expression(depth - 1, scope), self.expression(depth - 2, scope)
                      if depth > 1 and self.pick(2) else Literal(self.pick(4) - 2))  # fmt: skip
        if form == 3:
            bounds = [self.of((None, Literal(1), Literal(-1), Literal(0), Literal(2))) for _ in "ab"]
            return Slice(self.expression(depth - 1, scope), bounds[0], bounds[1])
        if form == 4:
            return Array(tuple(self.expression(depth - 1, scope) for _ in range(self.pick(4))))
        if form == 5:
            keys = {self.of(KEYS): None for _ in range(self.pick(3))}
            return Object(tuple((key, self.expression(depth - 1, scope)) for key in keys))
        if form == 6:
            parts = tuple(self.expression(depth - 1, scope) for _ in range(self.pick(4)))
            return Concat(parts)
        if form == 7:
            return self.branch(depth, scope)
        if form == 8:
            return Unary(self.of(("not", "-")), self.expression(depth - 1, scope))
        if form in (9, 10):
            op = self.of("+ - * / // % == != < <= > >= and or in ~".split())
            left = self.expression(depth - 1, scope)
            return Binary(op, left, self.expression(depth - 1, scope))
        return self.call(depth, scope)

    def branch(self, depth: int, scope: tuple[str, ...]) -> Expr:
        """A conditional or a `Let`."""
        if self.pick(2):
            name = f"v{len(scope)}"
            body = self.expression(depth - 1, (*scope, name))
            return Let(name, self.expression(depth - 1, scope), body)
        return If(*(self.expression(depth - 1, scope) for _ in range(3)))

    def leaf(self, scope: tuple[str, ...]) -> Expr:
        """A name or a constant."""
        if scope and self.pick(2):
            return Var(self.of(scope))
        if self.pick(3):
            return Ref(RefKind.NODE, self.of(NAMES))
        return Literal(self.value(2))

    def call(self, depth: int, scope: tuple[str, ...]) -> Expr:
        """A function of the table."""
        from weft.expressions.functions import FUNCTIONS

        spec = FUNCTIONS[self.of([name for name in FUNCTIONS if name != "fromjson"])]
        if spec.name == "matches":
            return Call("matches", (self.expression(depth - 1, scope), Literal(self.of(PATTERNS))))
        number = spec.least + self.pick(len(spec.modes) - spec.least + 1)
        args: list[Expr | Lambda] = []
        for mode in spec.modes[:number]:
            if mode == "v":
                args.append(self.expression(depth - 1, scope))
            else:
                params = (f"v{len(scope)}", f"v{len(scope) + 1}")[: 1 + self.pick(2)]
                args.append(Lambda(params, self.expression(depth - 1, scope + params)))
        return Call(spec.name, tuple(args))


class Engine(Protocol):
    """Evaluates JSONata text; undefined and failures come back as their own kinds of text."""

    def __call__(self, text: str, bindings: dict[str, JsonValue]) -> Any: ...


class Failed(str):
    """What an engine answered instead of a value."""


def _embedded(library: Any) -> Engine:
    def run(text: str, bindings: dict[str, JsonValue]) -> Any:
        try:
            found = library.compile(text).evaluate(None, bindings)
        except JsonataError as error:
            return Failed(f"{error.code} {error}")
        return Failed("undefined") if found is MISSING else found

    return run


@pytest.fixture(scope="session")
def fast() -> Engine:
    """The engine that runs artefacts on a laptop."""
    return _embedded(FastJsonata())


@pytest.fixture(scope="session")
def second() -> Engine:
    """The Python port close to the reference implementation."""
    return _embedded(ReferenceJsonata())


@pytest.fixture(scope="session")
def original() -> Iterator[Engine]:
    """The reference implementation, in the version that Step Functions speaks."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node is not installed; the reference JSONata cannot be asked")
    if not (ORACLE / "node_modules" / "jsonata").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ORACLE, check=True)
    with subprocess.Popen(
        [node, str(ORACLE / "oracle.js")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def run(text: str, bindings: dict[str, JsonValue]) -> Any:
            requests.write(json.dumps({"expression": text, "bindings": bindings}) + "\n")
            requests.flush()
            answer = json.loads(answers.readline())
            if "value" in answer:
                return answer["value"]
            return Failed(answer.get("error", "undefined"))

        yield run
        requests.close()


@pytest.fixture(scope="session")
def maker() -> type[Maker]:
    """The generator of random expressions and data."""
    return Maker
