"""The text of JSONata: closed by its delimiter, and an expression."""

from collections.abc import Iterator
from typing import Any

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine


def expressions(machine: Machine) -> Iterator[Finding]:
    """What is wrong with an expression is said by whoever can parse it."""
    for state in machine.states():
        if state.language != JSONATA:
            continue
        for path, text in state.expressions():
            if not text.strip():
                yield Finding("ASL120", path, "an expression cannot be empty")
            elif machine.syntax is not None and (problem := machine.syntax(text)) is not None:
                yield Finding("ASL121", path, f"the JSONata expression is invalid: {problem}")
        own = {k: v for k, v in state.source.items() if k not in ("Branches", "ItemProcessor")}
        for path in _half_open(own, state.path):
            yield Finding("ASL122", path, "starts with {% and does not end with %}", refused=False)


def _half_open(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("{%") and not value.endswith("%}"):
            yield path
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _half_open(part, f"{path}/{key}")
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _half_open(part, f"{path}/{position}")
