"""Typed fields of JSONPath states: a value as it stands, or what a field `…Path` points at."""

import re
from typing import Any, Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, from_json, to_json, type_name
from weft.engine.jsonpath.errors import PathMissing
from weft.engine.jsonpath.path import Path
from weft.engine.jsonpath.template import RUNTIME, Read, rooted
from weft.engine.scope import Scope
from weft.engine.timestamps import parse_timestamp

_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})\Z", re.ASCII)  # fits 64 bits
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?\Z", re.ASCII)
_KINDS: Final = {"integer": "integer", "number": "float", "string": "string"}


class Constant:
    """A value that stands in the definition."""

    def __init__(self, value: JsonValue) -> None:
        self._value = value

    def evaluate(self, scope: Scope) -> Any:
        """The value."""
        return self._value


class Pointed:
    """The value that a reader finds in the state's effective input, of one JSON type."""

    def __init__(self, read: Read, effective: Read, text: str, field: str, kind: str) -> None:
        self._read = read
        self._effective = effective
        self._text = text
        self._field = field
        self._kind = kind

    def evaluate(self, scope: Scope) -> Any:
        """The value; a number may come as text. Raises StateFailure."""
        value = self._read(self._effective(None, scope), scope)
        if self._kind == "array":
            if type_name(value) != "array":
                shown = self._text[self._text.startswith("$$") :]  # `$$.a` is `$.a` there
                cause = f'Reference path "{shown}" must point to array.'
                raise StateFailure(RUNTIME, cause, self._field)
            return value
        converted = _converted(value, self._kind)
        if converted is None:
            shown = value if isinstance(value, str) else to_json(value).decode()
            raise StateFailure(
                RUNTIME,
                f'The {self._field} field refers to value "{shown}" which is not a valid '
                f"{_KINDS[self._kind]}: {self._text}",
                self._field,
            )
        return converted


def _converted(value: JsonValue, kind: str) -> Any:
    if kind == "string":
        return value if isinstance(value, str) else None
    if isinstance(value, str):
        form = _WHOLE if kind == "integer" else _DECIMAL
        value = from_json(value) if form.match(value) else None
    if type_name(value) != "number":
        return None
    if kind == "number" or isinstance(value, int):
        return value
    return int(value) if value.is_integer() else None


class WaitSeconds:
    """`SecondsPath`: a whole number of seconds that is not negative."""

    def __init__(self, path: Path, effective: Read) -> None:
        self._path = path
        self._effective = effective

    def evaluate(self, scope: Scope) -> int:
        """The seconds. Raises StateFailure."""
        value = _found(self._path, self._effective, "SecondsPath", scope)
        text = value if isinstance(value, str) else to_json(value).decode()
        shown = f"{self._path.text} == {text}"
        if not _WHOLE.match(text):
            cause = f"The SecondsPath parameter cannot be parsed as a long value: {shown}"
            raise StateFailure(RUNTIME, cause, "SecondsPath")
        if text.startswith("-"):
            cause = f"The SecondsPath parameter references a negative value: {shown}"
            raise StateFailure(RUNTIME, cause, "SecondsPath")
        return int(text)


class WaitTimestamp:
    """`TimestampPath`: a moment, with its offset."""

    def __init__(self, path: Path, effective: Read) -> None:
        self._path = path
        self._effective = effective

    def evaluate(self, scope: Scope) -> str:
        """The timestamp's text. Raises StateFailure."""
        value = _found(self._path, self._effective, "TimestampPath", scope)
        try:
            parse_timestamp(value if isinstance(value, str) else "")
        except ValueError as error:
            shown = value if isinstance(value, str) else to_json(value).decode()
            raise StateFailure(
                RUNTIME,
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
                f"date-time format string: {self._path.text} == {shown}",
                "TimestampPath",
            ) from error
        return str(value)


def _found(path: Path, effective: Read, field: str, scope: Scope) -> JsonValue:
    try:
        return path.read(effective(None, scope) if path.root == "$" else rooted(path, scope))
    except PathMissing as error:
        cause = f"The {field} parameter does not reference an input value: {path.text}"
        raise StateFailure(RUNTIME, cause, field) from error
