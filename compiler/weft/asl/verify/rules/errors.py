"""Retry and Catch: lists of error names, `States.ALL` alone and last."""

from collections.abc import Iterator
from typing import Any

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, State

_LEAST = (("IntervalSeconds", 1), ("MaxAttempts", 0), ("MaxDelaySeconds", 1))


def errors(machine: Machine) -> Iterator[Finding]:
    """The rules of one state are tried in their order."""
    for state in machine.states():
        for key in ("Retry", "Catch"):
            if key in state.source:
                yield from _rules(state, key)
        for path, entry in state.entries("Retry"):
            yield from _numbers(path, entry)


def _rules(state: State, key: str) -> Iterator[Finding]:
    listed = state.source[key]
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        yield Finding("ASL060", f"{state.path}/{key}", "must be a list of objects")
        return
    for position, (path, entry) in enumerate(state.entries(key)):
        found = entry.get("ErrorEquals")
        where = f"{path}/ErrorEquals"
        if not isinstance(found, list) or not found or not all(isinstance(n, str) for n in found):
            yield Finding("ASL061", where, "must be a list with an error's name")
        elif "States.ALL" in found and len(found) > 1:
            yield Finding("ASL062", where, "'States.ALL' must stand alone")
        elif "States.ALL" in found and position < len(listed) - 1:
            yield Finding("ASL063", where, "'States.ALL' must stand last")


def _numbers(path: str, entry: dict[str, Any]) -> Iterator[Finding]:
    for key, least in _LEAST:
        found = entry.get(key, least)
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            yield Finding("ASL064", f"{path}/{key}", f"must be an integer of at least {least}")
    rate = entry.get("BackoffRate", 1)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
        yield Finding("ASL065", f"{path}/BackoffRate", "must be a number of at least 1")
    if entry.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
        yield Finding("ASL066", f"{path}/JitterStrategy", "must be 'NONE' or 'FULL'")
