"""Reads intrinsic function calls: `States.Format('{} of {}', $.a, States.MathAdd($.b, 1))`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from weft.engine.json import JsonValue, from_json
from weft.engine.jsonpath.errors import PathSyntaxError
from weft.engine.jsonpath.functions import FUNCTIONS
from weft.engine.jsonpath.path import Path, PathReader

MAX_NESTING: Final = 10  # AWS: functions in functions
_CALL: Final = re.compile(r"(States\.[A-Za-z0-9]+)\s*\(")
_TEXT: Final = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_LITERAL: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b")
_BLANKS: Final = re.compile(r"\s*")
_KEPT: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPABLE: Final = frozenset("'{}\\")


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean or null among the arguments."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A call; its arguments are literals, paths and calls."""

    text: str
    function: Callable[..., JsonValue]
    arguments: "tuple[Literal | Path | Intrinsic, ...]"


def compile_intrinsic(text: str) -> Intrinsic:
    """The call that the whole text is. Raises PathSyntaxError."""
    reader = _Reader(text)
    call = reader.call(1)
    reader.skip()
    if reader.at != len(text):
        reader.fail("unexpected text")
    return call


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def skip(self) -> None:
        found = _BLANKS.match(self._text, self.at)
        assert found is not None
        self.at = found.end()

    def call(self, depth: int) -> Intrinsic:
        began = self.at
        found = _CALL.match(self._text, self.at)
        if found is None or found[1] not in FUNCTIONS:
            self.fail("no intrinsic function")
        if depth > MAX_NESTING:
            self.fail(f"calls nest deeper than {MAX_NESTING}")
        self.at = found.end()
        function, least, most = FUNCTIONS[found[1]]
        arguments = self._arguments(depth, is_format=found[1] == "States.Format")
        if len(arguments) < least or (most is not None and len(arguments) > most):
            self.fail(f"{found[1]} does not take {len(arguments)} arguments")
        return Intrinsic(self._text[began : self.at], function, tuple(arguments))

    def _arguments(self, depth: int, *, is_format: bool) -> "list[Literal | Path | Intrinsic]":
        arguments: list[Literal | Path | Intrinsic] = []
        self.skip()
        while not self._text.startswith(")", self.at):
            if arguments:
                if not self._text.startswith(",", self.at):
                    self.fail("',' or ')' is expected")
                self.at += 1
                self.skip()
            # A template keeps its escapes: only it can tell `\\{\\}` from a placeholder.
            arguments.append(self._argument(depth, raw=is_format and not arguments))
            self.skip()
        self.at += 1
        return arguments

    def _argument(self, depth: int, *, raw: bool) -> "Literal | Path | Intrinsic":
        if self._text.startswith("$", self.at):
            reader = PathReader(self._text, self.at)
            path = reader.path()
            self.at = reader.at
            return path
        if (found := _TEXT.match(self._text, self.at)) is not None:
            if not {m[1] for m in _KEPT.finditer(found[1])} <= _ESCAPABLE:
                self.fail("a backslash stands only before ' { } and itself")
            self.at = found.end()
            return Literal(found[1] if raw else _KEPT.sub(r"\1", found[1]))
        if (found := _LITERAL.match(self._text, self.at)) is not None:
            self.at = found.end()
            return Literal(from_json(found.group()))
        return self.call(depth + 1)

    def fail(self, message: str) -> NoReturn:
        raise PathSyntaxError(f"{message} at character {self.at} of '{self._text}'")
