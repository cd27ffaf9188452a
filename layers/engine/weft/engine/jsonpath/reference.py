"""Reference paths: where a ResultPath puts a result."""

from weft.engine.json import JsonValue
from weft.engine.jsonpath.errors import PathMissing
from weft.engine.jsonpath.path import Index, Member, Path


def put(document: JsonValue, path: Path, value: JsonValue) -> JsonValue:
    """A copy of the document with the value at the path; objects on the way are made.

    What the path does not touch is shared with the document. Raises PathMissing where the document
    has no room: a member of what is no object, an element that an array does not have.
    """
    return _put(document, path, 0, value)


def _put(holder: JsonValue, path: Path, depth: int, value: JsonValue) -> JsonValue:
    if depth == len(path.steps):
        return value
    step = path.steps[depth]
    if isinstance(step, Member):
        if not isinstance(holder, dict):
            raise PathMissing(path.text)
        inner = holder.get(step.name)
        if inner is None:
            inner = {}
        return {**holder, step.name: _put(inner, path, depth + 1, value)}
    assert isinstance(step, Index), "a ResultPath is checked to be a Reference Path"
    if not isinstance(holder, list) or step.index >= len(holder):
        raise PathMissing(path.text)
    copy = list(holder)
    copy[step.index] = _put(copy[step.index], path, depth + 1, value)
    return copy
