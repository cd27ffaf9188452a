"""Whether the result of a mock has the shape of what the service would answer.

The shapes are those of botocore's service models, where botocore is installed; without it nothing
is said of a result's members.
"""

import importlib
import importlib.util
import re
from functools import cache
from typing import Any, Final

from weft.engine.json import JsonValue
from weft.stepfunctions.refusals import Refused, invalid

_CALL: Final = re.compile(
    r"arn:[a-z-]+:states:[a-z0-9-]*:[0-9]*:(?:aws-sdk:)?(?P<service>[a-z0-9]+):"
    r"(?P<action>[A-Za-z0-9]+)(?P<pattern>\.\S+)?\Z"
)
# The service integrations' names that are not botocore's.
_SERVICES: Final = {"states": "stepfunctions", "sfn": "stepfunctions", "eventbridge": "events"}
_KINDS: Final[dict[str, tuple[str, type | tuple[type, ...]]]] = {
    "string": ("a string", str),
    "blob": ("a string", str),
    "timestamp": ("a string", str),
    "integer": ("a number", int),
    "long": ("a number", int),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
    "boolean": ("a boolean", bool),
    "list": ("an array", list),
    "map": ("an object", dict),
    "structure": ("an object", dict),
}
# Lambda's own answer: whatever the function gave.
_FREE: Final = frozenset({"Payload"})


def check_result(resource: str, result: JsonValue, mode: str) -> None:
    """Raise Refused for a result that the service would not give.

    STRICT: all required members are there, and what is there fits; PRESENT: what is there fits;
    NONE: anything.
    """
    found = _CALL.match(resource)
    if found is None or mode == "NONE" or (found["pattern"] or "").startswith(".waitForTaskToken"):
        return
    model = _model(_SERVICES.get(found["service"], found["service"]))
    if model is None:
        return
    action = found["action"]
    operation = model["operations"].get(action[:1].upper() + action[1:])
    if operation is not None and "output" in operation:
        _Shapes(model["shapes"], strict=mode == "STRICT").check(
            operation["output"]["shape"], result, "result"
        )


@cache
def _model(service: str) -> dict[str, Any] | None:
    if importlib.util.find_spec("botocore") is None:
        return None
    loaders = importlib.import_module("botocore.loaders")
    try:
        model: dict[str, Any] = loaders.Loader().load_service_model(service, "service-2")
    except importlib.import_module("botocore.exceptions").UnknownServiceError:
        return None
    return model


class _Shapes:
    """Compares values with the shapes of one service."""

    def __init__(self, shapes: dict[str, Any], *, strict: bool) -> None:
        self._shapes = shapes
        self._strict = strict

    def check(self, shape_name: str, value: JsonValue, field: str) -> None:
        """Raise Refused at the first member that does not fit."""
        shape = self._shapes[shape_name]
        held: Any = value
        words, kind = _KINDS.get(shape["type"], ("a string", str))
        if value is None:
            return
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _wrong(f"Field '{field}' must be {words}")
        if "enum" in shape and value not in shape["enum"]:
            raise _wrong(f"Field '{field}' is not an expected value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check_range(shape, value, field)
        if shape["type"] == "structure":
            self._members(shape, held)
        elif shape["type"] == "list":
            for item in held:
                self.check(shape["member"]["shape"], item, field)
        elif shape["type"] == "map":
            for item in held.values():
                self.check(shape["value"]["shape"], item, field)

    def _members(self, shape: dict[str, Any], value: dict[str, JsonValue]) -> None:
        """Members are spelled as the service integrations spell them: with a capital letter."""
        for name in shape.get("required", []) if self._strict else ():
            if _spelled(name) not in value:
                raise _wrong(f"Required field '{_spelled(name)}' is missing")
        for name, member in shape["members"].items():
            if _spelled(name) in value and name not in _FREE:
                self.check(member["shape"], value[_spelled(name)], _spelled(name))


def _check_range(shape: dict[str, Any], value: float, field: str) -> None:
    if value < shape.get("min", value):
        raise _wrong(f"Field '{field}' is less than the minimum value")
    if value > shape.get("max", value):
        raise _wrong(f"Field '{field}' exceeds the maximum value")


def _spelled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _wrong(message: str) -> Refused:
    return invalid(f"Mock result schema validation error: {message}")
