"""Filters of JSONPath: `[?(@.price < 10 && @.kind == 'book')]`.

Comparisons, `in`, `nin`, existence, `&&`, `||`, `!` and parentheses, as in Jayway JsonPath. Values
of different types are neither equal nor ordered. Its regular expressions are left out: nothing
bounds the time they take.
"""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from weft.engine.json import JsonValue, from_json, type_name
from weft.engine.jsonpath.errors import FilterSyntaxError, PathMissing

Filter = Callable[[JsonValue], bool]
Reader = Callable[[JsonValue], JsonValue]

_SPACE: Final = re.compile(r"\s*")
_OPERATOR: Final = re.compile(r"==|!=|<=|>=|<|>|in\b|nin\b")
_LITERAL: Final = re.compile(
    r"'(?P<single>(?:\\.|[^'\\])*)'|(?P<json>\"(?:\\.|[^\"\\])*\"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r"|true\b|false\b|null\b)",
    re.DOTALL,
)
_ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterReader:
    """Reads one filter; `relative` reads the path after an `@` and gives where it ends."""

    def __init__(self, text: str, at: int, relative: Callable[[int], tuple[Reader, int]]) -> None:
        self._text = text
        self._relative = relative
        self.at = at

    def whole(self) -> Filter:
        """The filter with its parentheses. Raises FilterSyntaxError."""
        self._expect("(")
        test = self._either()
        self._expect(")")
        self._skip()
        return test

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self.at)
        assert found is not None
        self.at = found.end()

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self._text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def _expect(self, sign: str) -> None:
        if not self._takes(sign):
            raise FilterSyntaxError(f"'{sign}' is expected in a filter")

    def _either(self) -> Filter:
        tests = [self._both()]
        while self._takes("||"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda item: any(t(item) for t in tests)

    def _both(self) -> Filter:
        tests = [self._one()]
        while self._takes("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda item: all(t(item) for t in tests)

    def _one(self) -> Filter:
        self._skip()
        if self._text.startswith("!", self.at) and not self._text.startswith("!=", self.at):
            self.at += 1
            negated = self._one()
            return lambda item: not negated(item)
        if self._takes("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Filter:
        left = self._operand()
        self._skip()
        found = _OPERATOR.match(self._text, self.at)
        if found is None:
            return lambda item: _present(left, item)
        self.at = found.end()
        right = self._operand()
        compare = _compare(found.group())
        return lambda item: _holds(compare, left, right, item)

    def _operand(self) -> Reader:
        self._skip()
        if self._takes("@"):
            read, self.at = self._relative(self.at)
            return read
        if self._takes("["):
            parts: list[Reader] = []
            while not self._takes("]"):
                if parts:
                    self._expect(",")
                parts.append(self._operand())
            return lambda item: [part(item) for part in parts]
        found = _LITERAL.match(self._text, self.at)
        if found is None:
            raise FilterSyntaxError("'@', a list or a literal is expected in a filter")
        self.at = found.end()
        single = found["single"]
        value = from_json(found["json"]) if single is None else re.sub(r"\\(.)", r"\1", single)
        return lambda item: value


def _present(read: Reader, item: JsonValue) -> bool:
    try:
        read(item)
    except PathMissing:
        return False
    return True


def _holds(
    compare: Callable[[Any, Any], bool], left: Reader, right: Reader, item: JsonValue
) -> bool:
    try:
        return compare(left(item), right(item))
    except PathMissing:
        return False


def _compare(sign: str) -> Callable[[Any, Any], bool]:
    if sign == "==":
        return _equal
    if sign == "!=":
        return lambda a, b: not _equal(a, b)
    if sign == "in":
        return lambda a, b: isinstance(b, list) and any(_equal(a, x) for x in b)
    if sign == "nin":
        return lambda a, b: isinstance(b, list) and not any(_equal(a, x) for x in b)
    order = _ORDERED[sign]
    return lambda a, b: (
        type_name(a) == type_name(b) and type_name(a) in ("number", "string") and order(a, b)
    )


def _equal(a: JsonValue, b: JsonValue) -> bool:
    return type_name(a) == type_name(b) and bool(a == b)
