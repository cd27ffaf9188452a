"""What may be assigned: named variables of the own scope."""

import re
from collections.abc import Iterator
from typing import Any

from weft.asl.limits import MAX_NAME
from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONPATH, Machine, Scope, State

_NAME = re.compile(r"[^\W\d]\w*")


def assignments(machine: Machine) -> Iterator[Finding]:
    """Identifiers but `states`, none of which a scope around assigns (AWS: workflow variables)."""
    for state in machine.states():
        for path, value in state.assigns():
            if not isinstance(value, dict):
                yield Finding("ASL150", path, "'Assign' is an object")
            for name in assigned(value, state.language):
                yield from _name(name, path)
    for scope in machine.scopes:
        own = set(_of(scope))
        for name in sorted(own & _around(scope)):
            yield Finding("ASL153", scope.path, f"{name!r} is assigned in a scope around already")


def assigned(value: Any, language: str) -> list[str]:
    """The variables that an `Assign` sets."""
    if not isinstance(value, dict):
        return []
    return [n.removesuffix(".$") if language == JSONPATH else n for n in value]


def _name(name: str, path: str) -> Iterator[Finding]:
    if name == "states":
        yield Finding("ASL151", path, "'states' is reserved")
    elif not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        message = f"{name!r} is no identifier of at most {MAX_NAME} characters"
        yield Finding("ASL152", path, message)


def _of(scope: Scope) -> Iterator[str]:
    for state in scope.states.values():
        for _, value in state.assigns():
            yield from assigned(value, state.language)


def _around(scope: Scope) -> set[str]:
    found: set[str] = set()
    owner: State | None = None if scope.isolated else scope.owner
    while owner is not None:
        found.update(_of(owner.scope))
        owner = None if owner.scope.isolated else owner.scope.owner
    return found
