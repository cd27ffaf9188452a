"""Payload templates of JSONPath: members whose name ends in `.$` stand for what they read."""

from collections.abc import Callable
from typing import Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, to_json
from weft.engine.jsonpath.errors import IntrinsicFailure, PathMissing, PathSyntaxError
from weft.engine.jsonpath.intrinsic import Intrinsic, Literal, compile_intrinsic
from weft.engine.jsonpath.path import Path, compile_path
from weft.engine.scope import Scope

RUNTIME: Final = "States.Runtime"
INTRINSIC_ERROR: Final = "States.IntrinsicFailure"

# What a field reads: given the document that `$` stands for, and the scope of `$$` and variables.
Read = Callable[[JsonValue, Scope], JsonValue]


def compile_template(value: JsonValue, field: str) -> Read | None:
    """A reader of the template, or None where it holds nothing to read.

    `field` stands before the names of members in errors. Raises PathSyntaxError.
    """
    if isinstance(value, dict):
        parts = [_member(name, part) for name, part in value.items()]
        if all(read is None for _, read, _ in parts):
            return None
        return lambda document, scope: {
            name: plain if read is None else read(document, scope) for name, read, plain in parts
        }
    if isinstance(value, list):
        items = [(compile_template(item, field), item) for item in value]
        if all(read is None for read, _ in items):
            return None
        return lambda document, scope: [
            plain if read is None else read(document, scope) for read, plain in items
        ]
    return None


def _member(name: str, part: JsonValue) -> tuple[str, Read | None, JsonValue]:
    if not name.endswith(".$"):
        return name, compile_template(part, name), part
    try:
        return name[:-2], reader(part, name), None
    except PathSyntaxError as error:
        raise PathSyntaxError(
            f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic "
            f"function call ({error})"
        ) from error


def reader(text: JsonValue, field: str) -> Read:
    """A reader of a path or an intrinsic function call. Raises PathSyntaxError."""
    if not isinstance(text, str):
        raise PathSyntaxError("a string is expected")
    if text.startswith("$"):
        return path_reader(compile_path(text), field)
    return _reader_of(compile_intrinsic(text), field)


def path_reader(path: Path, field: str) -> Read:
    """A reader of a path; it raises StateFailure where a definite path leads to nothing."""

    def read(document: JsonValue, scope: Scope) -> JsonValue:
        holder = document
        try:
            if path.root != "$":
                holder = rooted(path, scope)
            return path.read(holder)
        except PathMissing as error:
            raise StateFailure(
                RUNTIME,
                f"The JSONPath '{path.text}' specified for the field '{field}' could not be found "
                f"in the input '{to_json(holder).decode()}'",
                field,
            ) from error

    return read


def rooted(path: Path, scope: Scope) -> JsonValue:
    """The document of a path that does not begin at `$`. Raises PathMissing."""
    if path.root == "$$":
        return scope.context()
    if path.root not in scope.variables:
        raise PathMissing(path.text)
    return scope.variables[path.root]


def _reader_of(part: Intrinsic | Path | Literal, field: str) -> Read:
    if isinstance(part, Literal):
        value = part.value
        return lambda document, scope: value
    if isinstance(part, Path):
        return path_reader(part, field)
    arguments = [_reader_of(argument, field) for argument in part.arguments]
    function, text = part.function, part.text

    def read(document: JsonValue, scope: Scope) -> JsonValue:
        values = [argument(document, scope) for argument in arguments]
        try:
            return function(*values)
        except (IntrinsicFailure, RecursionError) as error:
            cause = f"The function '{text}' in the field '{field}' failed: {error}"
            raise StateFailure(INTRINSIC_ERROR, cause, field) from error

    return read
