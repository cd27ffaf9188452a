"""Machines that start machines: by a symbolic name, until a host has made them."""

from collections.abc import Iterator, Mapping
from typing import Any

SYMBOL = "machine:"


def symbolic(name: str) -> str:
    """How a definition names a child machine that no host has made yet."""
    return SYMBOL + name


def resolved(definition: Mapping[str, Any], machines: Mapping[str, str]) -> dict[str, Any]:
    """The definition with every child's symbolic name replaced by the host's name for it."""
    return {key: _resolved(value, machines) for key, value in definition.items()}


def _resolved(held: Any, machines: Mapping[str, str]) -> Any:
    if isinstance(held, Mapping):
        changed = {key: _resolved(value, machines) for key, value in held.items()}
        target = changed.get("StateMachineArn")
        if isinstance(target, str) and target.startswith(SYMBOL):
            changed["StateMachineArn"] = machines[target.removeprefix(SYMBOL)]
        return changed
    if isinstance(held, list):
        return [_resolved(value, machines) for value in held]
    return held


def started(definition: Any) -> Iterator[str]:
    """Symbolic names of the children that a definition starts, without the prefix."""
    pending = [definition]
    while pending:
        held = pending.pop()
        if isinstance(held, dict):
            target = held.get("StateMachineArn")
            if isinstance(target, str) and target.startswith(SYMBOL):
                yield target.removeprefix(SYMBOL)
            pending += reversed(held.values())
        elif isinstance(held, list):
            pending += reversed(held)


def innermost_first(children: Mapping[str, Any]) -> list[str]:
    """Names of children, each after those that it starts. `children`: definitions by name."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in order:
            for inner in started(children[name]):
                visit(inner)
            order[name] = None

    for name in children:
        visit(name)
    return list(order)
