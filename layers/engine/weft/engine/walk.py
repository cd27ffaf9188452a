"""Where the parts of a definition are, whatever shape it is in."""

from collections.abc import Iterator
from typing import Any


def distributed(block: dict[str, Any]) -> bool:
    """Whether an item processor is that of a distributed Map."""
    config = block.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"


def blocks(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """`(place, block)` of the item processor or the branches of a state."""
    for field in ("ItemProcessor", "Iterator"):
        if state["Type"] == "Map" and isinstance(state.get(field), dict):
            yield field, state[field]
    if state["Type"] == "Parallel" and isinstance(state.get("Branches"), list):
        for i, branch in enumerate(state["Branches"]):
            yield f"Branches/{i}", branch


def state_named(block: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The state of that name in a definition that was checked, however deep it is."""
    for found, state in block["States"].items():
        if found == name:
            return dict(state)
        for _, inner in blocks(state):
            deeper = state_named(inner, name)
            if deeper is not None:
                return deeper
    return None


def assigns(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """`(place, value)` of every Assign of a state."""
    if "Assign" in state:
        yield "Assign", state["Assign"]
    for field in ("Choices", "Catch"):
        entries = state.get(field)
        for i, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and "Assign" in entry:
                yield f"{field}/{i}/Assign", entry["Assign"]


def assigned(state: dict[str, Any]) -> Iterator[str]:
    """The variables that a state assigns."""
    for _, holder in assigns(state):
        if isinstance(holder, dict):
            yield from holder


def unreachable(start: Any, states: dict[str, Any]) -> list[str]:
    """The states that no path from `start` leads to."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        state = states.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or name in seen or not isinstance(state, dict):
            continue
        seen.add(name)
        entries = [*objects_in(state.get("Choices")), *objects_in(state.get("Catch"))]
        todo += [state.get("Next"), state.get("Default"), *(e.get("Next") for e in entries)]
    return [name for name in states if name not in seen]


def object_of(value: Any) -> dict[str, Any]:
    """The value, or an empty object where it is none."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, or nothing where it is none."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
