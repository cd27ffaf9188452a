"""Fields of JSONPath states whose name ends in `.$`: a path or an intrinsic function."""

import re
from collections.abc import Iterator
from typing import Any

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONPATH, Machine

_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
# A quoted argument may escape a quote, a brace and a backslash (AWS, "Intrinsic functions").
_QUOTED = re.compile(r"'(?:\\['{}\\]|[^'\\])*'")
_CALL = re.compile(r"States\.[A-Za-z0-9]+\(.*\)", re.DOTALL)


def intrinsics(machine: Machine) -> Iterator[Finding]:
    """Templates of JSONPath states."""
    for state in machine.states():
        if state.language != JSONPATH:
            continue
        for key in _TEMPLATES:
            yield from _template(state.source.get(key), f"{state.path}/{key}")


def _template(value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, list):
        for position, part in enumerate(value):
            yield from _template(part, f"{path}/{position}")
    elif isinstance(value, dict):
        for key, part in value.items():
            if key.endswith(".$"):
                if not _is_path_or_call(part):
                    message = "must be a valid JSONPath or a valid intrinsic function call"
                    yield Finding("ASL130", path, f"the value for the field '{key}' {message}")
            else:
                yield from _template(part, f"{path}/{key}")


def _is_path_or_call(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if value.startswith("$"):
        return True
    return bool(_CALL.fullmatch(value.strip())) and "'" not in _QUOTED.sub("", value)
