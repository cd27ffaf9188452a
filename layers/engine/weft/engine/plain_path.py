"""Paths such as `$states.context.Execution.Input.run.id`, read without a JSONata library.

Most expressions of a compiled workflow are one, bare or in one of a few wrappings. Only what needs
none of JSONata's rules is read here: members of objects down to a value that is there and is no
array. Everything else is left to the library.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from weft.engine.json import JsonValue
from weft.engine.jsonata import Expression

Shape = Callable[[Any, str], Any]  # the value read and the wrapping's own text → the result

# Between names these are operators of JSONata; as a step they may be read as such.
_WORDS: Final = frozenset({"and", "or", "in", "true", "false", "null", "function"})
_PATH: Final = r"\$(?P<root>[A-Za-z]\w*)(?P<members>(?:\.[A-Za-z]\w*)+)"


class _NotPlain(Exception):
    """The value needs the library's rules."""


def _bare(value: Any, text: str) -> Any:
    return value


def _field(value: Any, text: str) -> Any:
    return {text: value}


def _joined(value: Any, text: str) -> Any:
    if type(value) is not str:
        raise _NotPlain
    return value + text


_FORMS: Final[tuple[tuple[re.Pattern[str], Shape], ...]] = tuple(
    (re.compile(form + r"(?P<text>)\Z" if "<text>" not in form else form + r"\Z", re.ASCII), shape)
    for form, shape in (
        (_PATH, _bare),
        (r"\((?P<name>\$_\d+):=" + _PATH + r";\$exists\((?P=name)\)\?(?P=name):null\)", _bare),
        (r"\{'(?P<text>\w+)': ?" + _PATH + r"\}", _field),
        (_PATH + r" & '(?P<text>[^'\\]*)'", _joined),
    )
)


class PlainPath:
    """Reads the path where it is plain, and asks the library's expression everywhere else."""

    __slots__ = ("_members", "_root", "_shape", "_text", "_whole")

    def __init__(self, found: re.Match[str], shape: Shape, whole: Expression) -> None:
        self._root = found["root"]
        self._members = tuple(found["members"][1:].split("."))
        self._shape = shape
        self._text = found["text"]
        self._whole = whole

    def evaluate(self, document: JsonValue, bindings: dict[str, JsonValue]) -> Any:
        """As `Expression.evaluate`."""
        value = bindings.get(self._root)
        for member in self._members:
            value = value.get(member) if type(value) is dict else None
            if value is None:
                return self._whole.evaluate(document, bindings)
        if type(value) is list:
            return self._whole.evaluate(document, bindings)
        try:
            return self._shape(value, self._text)
        except _NotPlain:
            return self._whole.evaluate(document, bindings)


def plain_or(text: str, expression: Expression) -> Expression:
    """A quicker reader of the same expression, if it is a path; else the expression itself."""
    for form, shape in _FORMS:
        found = form.match(text)
        if found is not None and not _WORDS & {*found["members"].split(".")}:
            return PlainPath(found, shape, expression)
    return expression
