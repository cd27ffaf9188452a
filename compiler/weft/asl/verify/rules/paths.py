"""Fields of JSONPath states that hold a path."""

from collections.abc import Iterator
from typing import Any, Final

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONPATH, Machine, State

_NULLABLE: Final = frozenset({"InputPath", "OutputPath", "ResultPath"})
_CALLABLE: Final = frozenset({"ErrorPath", "CausePath"})  # may be an intrinsic function call
_HOLDERS: Final = ("ItemReader", "ItemBatcher")


def paths(machine: Machine) -> Iterator[Finding]:
    """Each is a path, or null where that means nothing; a field has a value or a path, not both."""
    for state in machine.states():
        if state.language == JSONPATH:
            for path, holder in _holders(state):
                yield from _fields(path, holder)


def _holders(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    yield state.path, state.source
    yield from state.entries("Catch")
    for name in _HOLDERS:
        holder = state.source.get(name)
        if isinstance(holder, dict):
            yield f"{state.path}/{name}", holder
            config = holder.get("ReaderConfig")
            if isinstance(config, dict):
                yield f"{state.path}/{name}/ReaderConfig", config


def _fields(path: str, holder: dict[str, Any]) -> Iterator[Finding]:
    for key, value in holder.items():
        if not key.endswith("Path") or (value is None and key in _NULLABLE):
            continue
        signs = ("$", "States.") if key in _CALLABLE else ("$",)
        if not isinstance(value, str) or not value.startswith(signs):
            yield Finding("ASL131", f"{path}/{key}", "must be a path")
        if key not in _NULLABLE and key.removesuffix("Path") in holder:
            both = f"'{key.removesuffix('Path')}' and '{key}' exclude each other"
            yield Finding("ASL132", f"{path}/{key}", both)
