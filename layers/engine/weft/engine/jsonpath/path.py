"""JSONPath as Step Functions reads it: the roots `$`, `$$` and `$variable`, then steps.

Grammar and results follow Jayway JsonPath, which AWS names as its dialect: a definite path gives
one value or fails, any other gives the list of what it finds, perhaps empty.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final, NoReturn, Protocol

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue
from weft.engine.jsonpath.errors import FilterSyntaxError, PathMissing, PathSyntaxError
from weft.engine.jsonpath.filter import Filter, FilterReader

# More than any payload holds: paths such as `$..*..*` find the same values again and again.
MAX_FOUND: Final = 300_000

_NAME: Final = re.compile(r"[^\s.\[\]()'\",*?]+")
_ROOT: Final = re.compile(r"\$\$(?=[.\[]|\Z|[\s,)])|\$(?P<variable>[^\W\d]\w*)?")
_INDEX: Final = re.compile(r"\s*(-?\d+)\s*")
_SLICE: Final = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?")
_QUOTED: Final = re.compile(r"\s*(?:'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\")\s*", re.DOTALL)


class Step(Protocol):
    """One step from a value to the values that it leads to."""

    definite: bool

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """What the step finds, in order."""
        ...


class Member:
    """`.name` or `['name']`."""

    definite = True

    def __init__(self, name: str) -> None:
        self.name = name

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """The member, if the value is an object that has it."""
        if isinstance(value, dict) and self.name in value:
            yield value[self.name]


class Members:
    """`['a','b']`: an object of those members that are there."""

    definite = True

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """One object."""
        if isinstance(value, dict):
            yield {name: value[name] for name in self._names if name in value}


class Index:
    """`[3]`, or `[-1]` from the end."""

    definite = True

    def __init__(self, index: int) -> None:
        self.index = index

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """The element, if the value is an array that long."""
        if isinstance(value, list) and -len(value) <= self.index < len(value):
            yield value[self.index]


class Indices:
    """`[0,2]`."""

    definite = False

    def __init__(self, steps: list[Index]) -> None:
        self._steps = steps

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """The elements that there are."""
        for step in self._steps:
            yield from step.walk(value)


class Slice:
    """`[from:to:step]`."""

    definite = False

    def __init__(self, bounds: slice) -> None:
        self._bounds = bounds

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """The elements in the slice."""
        if isinstance(value, list):
            yield from value[self._bounds]


class Wildcard:
    """`.*` or `[*]`."""

    definite = False

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """All members or elements."""
        yield from children(value)


class Descent:
    """`..`: the value itself and all below, outermost first, each then given to the next step."""

    definite = False

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """The value, then everything in it."""
        todo = [value]
        while todo:
            found = todo.pop()
            yield found
            todo.extend(reversed(children(found)))


class Filtered:
    """`[?(…)]`: the elements for which the filter holds."""

    definite = False

    def __init__(self, test: Filter) -> None:
        self._test = test

    def walk(self, value: JsonValue) -> Iterator[JsonValue]:
        """Elements of an array; an object is looked at as a whole."""
        for item in value if isinstance(value, list) else [value]:
            if self._test(item):
                yield item


def children(value: JsonValue) -> list[JsonValue]:
    """The members of an object, the elements of an array."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


class Path:
    """A compiled path. `root` is `$`, `$$` or a variable's name."""

    __slots__ = ("definite", "root", "steps", "text")

    def __init__(self, text: str, root: str, steps: list[Step]) -> None:
        self.text = text
        self.root = root
        self.steps = steps
        self.definite = all(step.definite for step in steps)

    @property
    def is_reference(self) -> bool:
        """Whether it can only name one place: a Reference Path of the language."""
        return all(isinstance(s, Member) or (isinstance(s, Index) and s.index >= 0)
                   for s in self.steps)  # fmt: skip

    def read(self, document: JsonValue) -> JsonValue:
        """The value, or the list of values of an indefinite path.

        Raises PathMissing, and StateFailure for more than `MAX_FOUND` values on the way.
        """
        if self.definite:
            return self._one(document)
        found = [document]
        for step in self.steps:
            more = chain.from_iterable(map(step.walk, found))
            found = list(islice(more, MAX_FOUND + 1))
            if len(found) > MAX_FOUND:
                cause = f"The JSONPath '{self.text}' finds more than {MAX_FOUND} values."
                raise StateFailure("States.Runtime", cause)
        return found

    def _one(self, document: JsonValue) -> JsonValue:
        value = document
        for step in self.steps:
            for found in step.walk(value):
                value = found
                break
            else:
                raise PathMissing(self.text)
        return value


class PathReader:
    """Reads a path from a place in a text; what follows it is the caller's matter."""

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self.at = at

    def path(self) -> Path:
        """The path that begins here. Raises PathSyntaxError."""
        began = self.at
        found = _ROOT.match(self._text, self.at)
        if found is None:
            self._fail("'$' is expected")
        self.at = found.end()
        root = found["variable"] or found.group()
        steps = self.steps()
        return Path(self._text[began : self.at], root, steps)

    def steps(self) -> list[Step]:
        """As many steps as follow."""
        steps: list[Step] = []
        while self.at < len(self._text) and self._text[self.at] in ".[":
            if self._text.startswith("..", self.at):
                steps.append(Descent())
                self.at += 2
                if not self._text.startswith("[", self.at):
                    steps.append(self._named())
            elif self._text[self.at] == ".":
                self.at += 1
                steps.append(self._named())
            else:
                steps.append(self._bracket())
        return steps

    def _named(self) -> Step:
        if self._text.startswith("*", self.at):
            self.at += 1
            return Wildcard()
        found = _NAME.match(self._text, self.at)
        if found is None:
            self._fail("a name is expected")
        self.at = found.end()
        return Member(found.group())

    def _bracket(self) -> Step:
        self.at += 1
        step = self._inside()
        if not self._text.startswith("]", self.at):
            self._fail("']' is expected")
        self.at += 1
        return step

    def _inside(self) -> Step:
        text = self._text
        if text.startswith("*", self.at):
            self.at += 1
            return Wildcard()
        if text.startswith("?", self.at):
            return self._filter()
        if _QUOTED.match(text, self.at):
            names = [_unquoted(m) for m in self._list(_QUOTED)]
            return Member(names[0]) if len(names) == 1 else Members(names)
        if (found := _SLICE.match(text, self.at)) is not None:
            self.at = found.end()
            first, last, step = (None if part is None else int(part) for part in found.groups())
            if step is not None and step < 1:
                self._fail("a slice goes forward")
            return Slice(slice(first, last, step))
        indices = [Index(int(m[1])) for m in self._list(_INDEX)]
        return indices[0] if len(indices) == 1 else Indices(indices)

    def _list(self, form: re.Pattern[str]) -> list[re.Match[str]]:
        found: list[re.Match[str]] = []
        while True:
            match = form.match(self._text, self.at)
            if match is None:
                self._fail("a name or a number is expected")
            found.append(match)
            self.at = match.end()
            if not self._text.startswith(",", self.at):
                return found
            self.at += 1

    def _filter(self) -> Step:
        reader = FilterReader(self._text, self.at + 1, self._relative)
        try:
            test = reader.whole()
        except FilterSyntaxError as error:
            self.at = reader.at
            self._fail(str(error))
        self.at = reader.at
        return Filtered(test)

    def _relative(self, at: int) -> tuple[Callable[[JsonValue], JsonValue], int]:
        """For a filter: a reader of what follows `@`, and where that ends."""
        inner = PathReader(self._text, at)
        return Path("@", "@", inner.steps()).read, inner.at

    def _fail(self, message: str) -> NoReturn:
        raise PathSyntaxError(f"{message} at character {self.at} of '{self._text}'")


def _unquoted(found: re.Match[str]) -> str:
    raw = found[1] if found[1] is not None else found[2]
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def compile_path(text: JsonValue) -> Path:
    """The path that the whole text is. Raises PathSyntaxError."""
    if not isinstance(text, str):
        raise PathSyntaxError("a string is expected")
    reader = PathReader(text)
    path = reader.path()
    if reader.at != len(text):
        raise PathSyntaxError(f"unexpected text at character {reader.at} of '{text}'")
    return path
