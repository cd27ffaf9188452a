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
from weft.expressions.functions import FUNCTIONS

ORACLE = Path(__file__).parent / "jsonata_oracle"
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


# What the references usually hold; at times they hold anything.
HOLDS = {
    "n": "number", "s": "string", "b": "boolean", "o": "object",
    "xs": "array", "rows": "array", "u": "any",
}  # fmt: skip
ARGUMENTS = {
    "replace": ("string", "string", "string"), "split": ("string", "string"),
    "startswith": ("string", "string"), "endswith": ("string", "string"),
    "contains": ("any", "string"), "merge": ("object", "object"), "join": ("array", "string"),
    "round": ("number", "number"), "default": ("any", "any"), "length": ("any",),
    "type": ("any",), "string": ("any",), "boolean": ("any",), "tojson": ("any",),
    "number": ("string",), "int": ("string",), "keys": ("object",), "values": ("object",),
    "items": ("object",), "map": ("array",), "filter": ("array",), "any": ("array",),
    "all": ("array",), "sort": ("array",), "sum": ("array",), "min": ("array",),
    "max": ("array",), "first": ("array",), "last": ("array",), "reverse": ("array",),
    "unique": ("array",), "floor": ("number",), "ceil": ("number",), "abs": ("number",),
    "matches": ("string",), "upper": ("string",), "lower": ("string",), "trim": ("string",),
    "words": ("string",),
}  # fmt: skip
OPERANDS = {
    "number": ("+", "-", "*", "/", "//", "%"), "string": ("~", "+"), "array": ("+",),
    "boolean": ("==", "!=", "<", "<=", ">", ">=", "and", "or", "in"),
}  # fmt: skip
KINDS = ("number", "string", "boolean", "array", "object", "any")


class Maker:
    """Draws values and expressions; `pick(n)` chooses from 0 to n - 1, the simplest first."""

    def __init__(
        self,
        pick: Pick,
        texts: tuple[str, ...] = TEXTS,
        numbers: tuple[int | float, ...] = NUMBERS,
    ) -> None:
        self.pick = pick
        self.texts = texts
        self.numbers = numbers

    def of(self, options: Any) -> Any:
        """One of a sequence."""
        return options[self.pick(len(options))]

    def value(self, kind: str = "any", depth: int = 3) -> JsonValue:
        """JSON data of a kind."""
        if kind == "any":
            kind = self.of(("null", *KINDS[:3]) if depth <= 0 else ("null", *KINDS[:5]))
        if kind == "null":
            return None
        if kind == "boolean":
            return bool(self.pick(2))
        if kind in ("number", "string"):
            constant: JsonValue = self.of(self.numbers if kind == "number" else self.texts)
            return constant
        if kind == "object":
            return {self.of(KEYS): self.value("any", depth - 1) for _ in range(self.pick(5))}
        return self.array(depth)

    def array(self, depth: int) -> list[JsonValue]:
        """Numbers, texts, rows with keys in common, or anything."""
        form, length = self.pick(4), self.pick(5)
        if form < 2:
            return [self.value(KINDS[form]) for _ in range(length)]
        if form == 2:
            by = self.of(KINDS[:2])
            return [{"k": self.value(by), "id": self.value("any", 0)} for _ in range(length)]
        return [self.value("any", depth - 1) for _ in range(length)]

    def environment(self) -> dict[Ref, JsonValue]:
        """A value for every reference; some may be missing."""
        found: dict[Ref, JsonValue] = {}
        for name, kind in HOLDS.items():
            if self.pick(12) != 11:
                found[Ref(RefKind.NODE, name)] = self.value(kind if self.pick(6) != 5 else "any")
        return found

    def expression(self, depth: int = 4, kind: str = "any", scope: tuple[str, ...] = ()) -> Expr:
        """Any form of the language, mostly of the kind, over HOLDS and the names of `scope`."""
        if kind == "any" or self.pick(8) == 7:
            kind = self.of(KINDS)
        if depth <= 0 or self.pick(5) == 0:
            return self.leaf(kind, scope)
        form = self.pick(10)
        if form < 3:
            return self.call(depth, kind, scope)
        if form < 5 and kind in OPERANDS:
            return self.binary(depth, kind, scope)
        if form == 5:
            return self.branch(depth, kind, scope)
        if form == 6:
            base = self.expression(depth - 1, "object", scope)
            return Get(base, self.of(KEYS) if self.pick(2) else self.of(("k", "id")))
        if form == 7:
            return self.indexed(depth, scope)
        return self.built(depth, kind, scope)

    def indexed(self, depth: int, scope: tuple[str, ...]) -> Expr:
        """An element or a part."""
        if self.pick(3) == 0:
            base = self.expression(depth - 1, self.of(("array", "string")), scope)
            ends = (None, Literal(0), Literal(1), Literal(-1), Literal(2), Ref(RefKind.NODE, "n"))
            return Slice(base, self.of(ends), self.of(ends))
        if self.pick(3) == 0:
            base = self.expression(depth - 1, "object", scope)
            return At(base, self.expression(depth - 2, "string", scope))
        base = self.expression(depth - 1, "array", scope)
        if self.pick(2):
            return At(base, Literal(self.pick(4) - 2))
        return At(base, self.expression(depth - 2, "number", scope))

    def built(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A value put together."""
        if kind == "object":
            keys = {self.of(KEYS): None for _ in range(self.pick(4))}
            return Object(tuple((k, self.expression(depth - 1, "any", scope)) for k in keys))
        if kind == "string":
            parts = (self.expression(depth - 1, "any", scope) for _ in range(self.pick(4)))
            return Concat(tuple(parts))
        if kind == "boolean":
            return Unary("not", self.expression(depth - 1, "any", scope))
        if kind == "number":
            return Unary("-", self.expression(depth - 1, "number", scope))
        of = self.of(KINDS)
        return Array(tuple(self.expression(depth - 1, of, scope) for _ in range(self.pick(4))))

    def binary(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """An operator."""
        op = self.of(OPERANDS[kind])
        if op == "in":
            container = self.of(("array", "string", "object"))
            left = self.expression(depth - 1, self.of(("string", "any")), scope)
            return Binary(op, left, self.expression(depth - 1, container, scope))
        operands = self.of(KINDS[:3]) if kind == "boolean" else kind
        left = self.expression(depth - 1, operands, scope)
        return Binary(op, left, self.expression(depth - 1, operands, scope))

    def branch(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A conditional or a `Let`."""
        if self.pick(2):
            name = f"v{len(scope)}"
            body = self.expression(depth - 1, kind, (*scope, name))
            return Let(name, self.expression(depth - 1, "any", scope), body)
        condition = self.expression(depth - 1, "boolean", scope)
        then, otherwise = (self.expression(depth - 1, kind, scope) for _ in range(2))
        return If(condition, then, otherwise)

    def leaf(self, kind: str, scope: tuple[str, ...]) -> Expr:
        """A name or a constant."""
        if scope and self.pick(2):
            name = Var(self.of(scope))
            return name if self.pick(2) else Get(name, self.of(("k", "id")))
        if self.pick(3):
            fitting = [name for name, held in HOLDS.items() if held == kind] or ["u"]
            return Ref(RefKind.NODE, self.of(fitting))
        return Literal(self.value(kind, 2))

    def call(self, depth: int, kind: str, scope: tuple[str, ...]) -> Expr:
        """A function of the table, mostly of the kind."""
        fitting = [
            spec for spec in FUNCTIONS.values() if spec.name != "fromjson" and spec.kind == kind
        ] or [FUNCTIONS["default"], FUNCTIONS["first"], FUNCTIONS["last"]]
        spec = self.of(fitting)
        wanted = ARGUMENTS[spec.name]
        number = spec.least + self.pick(len(spec.modes) - spec.least + 1)
        args: list[Expr | Lambda] = []
        for place, mode in enumerate(spec.modes[:number]):
            if spec.name == "matches" and place == 1:
                args.append(Literal(self.of(PATTERNS)))
            elif mode == "v":
                args.append(self.expression(depth - 1, wanted[place], scope))
            else:
                params = (f"v{len(scope)}", f"v{len(scope) + 1}")[: 1 + self.pick(2)]
                result = "boolean" if mode == "c" else "any"
                body = self.expression(depth - 1, result, scope + params)
                args.append(Lambda(params, body))
        return Call(spec.name, tuple(args))


class Engine(Protocol):
    """Evaluates JSONata text; undefined and failures come back as their own kinds of text."""

    def __call__(self, text: str, bindings: dict[str, JsonValue]) -> Any: ...


def _number(digits: str) -> int | float:
    """JavaScript prints large doubles without an exponent; they are no integers for that."""
    return int(digits) if len(digits) < 17 else float(digits)


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
            answer = json.loads(answers.readline(), parse_int=_number)
            if "value" in answer:
                return answer["value"]
            return Failed(answer.get("error", "undefined"))

        yield run
        requests.close()


@pytest.fixture(scope="session")
def maker() -> type[Maker]:
    """The generator of random expressions and data."""
    return Maker


@pytest.fixture(scope="session")
def holds() -> tuple[str, ...]:
    """The names that the generator's expressions refer to."""
    return tuple(HOLDS)
