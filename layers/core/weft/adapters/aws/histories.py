"""GetExecutionHistory in the words of the port: data instead of JSON texts, and paths.

AWS says of an event only which one came before it. Where it happened follows from that: the first
event behind the start of an iteration or a branch is inside, its last is the one before the end.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

Path: TypeAlias = tuple[tuple[str, int], ...]
Branches: TypeAlias = Mapping[str, Mapping[str, int]]
"""By the name of a Parallel state: which branch a state is the first of."""

_TEXTS: Final = frozenset({"input", "output", "parameters"})
_SCOPE_STARTS: Final = frozenset({"MapStateStarted", "ParallelStateStarted"})
_SCOPE_ENDS: Final = frozenset(
    {"MapStateSucceeded", "MapStateFailed", "ParallelStateSucceeded", "ParallelStateFailed"}
)


@dataclass(frozen=True, slots=True)
class AwsEvent:
    """See `weft.ports.machines.HistoryEvent`."""

    id: int
    type: str
    timestamp: float
    previous_event_id: int
    path: Path
    details: Mapping[str, Any]
    execution: str = ""


def branches_of(definition: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """The first states of all branches of all Parallel states."""
    found: dict[str, dict[str, int]] = {}
    pending = [definition]
    while pending:
        for name, state in pending.pop()["States"].items():
            inner = state.get("Branches", ())
            if inner:
                found[name] = {branch["StartAt"]: n for n, branch in enumerate(inner)}
            pending += [*inner, *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
    return found


def told(
    events: Iterable[Mapping[str, Any]], branches: Branches, execution: str = ""
) -> Iterator[AwsEvent]:
    """The events of one whole history, as boto3 gives them, in order."""
    seen: dict[int, _Seen] = {}
    for event in events:
        details = _details(event)
        before = seen.get(event["previousEventId"], _Seen("", ()))
        path = _path(event["type"], details, before, branches)
        here = details.get("name") if event["type"].endswith("StateEntered") else before.state
        seen[event["id"]] = _Seen(event["type"], path, here)
        yield AwsEvent(
            id=event["id"],
            type=event["type"],
            timestamp=event["timestamp"].timestamp(),
            previous_event_id=event["previousEventId"],
            path=path,
            details=details,
            execution=execution,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the path of the next event is told by; `state` is the name of the one that is open."""

    type: str
    path: Path
    state: str | None = None


def _path(kind: str, details: Mapping[str, Any], before: _Seen, branches: Branches) -> Path:
    if kind.startswith("Execution"):
        return ()
    path = before.path
    if kind.startswith("MapIteration"):
        name = str(details["name"])
        return (*_outside(path, name), (name, int(details["index"])))
    if before.type == "ParallelStateStarted" and kind.endswith("StateEntered"):
        name = str(before.state)
        return (*path, (name, branches.get(name, {}).get(str(details["name"]), 0)))
    if kind in _SCOPE_ENDS and before.type not in _SCOPE_STARTS:
        return path[:-1]
    return path


def _outside(path: Path, name: str) -> Path:
    """The path up to the iteration of that Map state which it is in."""
    for level in range(len(path) - 1, -1, -1):
        if path[level][0] == name:
            return path[:level]
    return path


def _details(event: Mapping[str, Any]) -> dict[str, Any]:
    for member, value in event.items():
        if member.endswith("EventDetails") and isinstance(value, Mapping):
            return {
                name: _value(held) if name in _TEXTS and isinstance(held, str) else held
                for name, held in value.items()
            }
    return {}


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass  # a number that orjson will not take, or what is no JSON: a Lambda's plain text
    try:
        return json.loads(text)
    except ValueError:
        return text
