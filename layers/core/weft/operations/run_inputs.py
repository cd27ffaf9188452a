"""Hold what starts a run to the inputs that its version declares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from weft.domain.errors import Invalid
from weft.domain.workflow import Json, JsonObject, PublishedVersion

INPUT: Final = "input"  # the catalogue's name of the node that declares inputs

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def require_inputs(version: PublishedVersion, trigger: str, data: Json) -> None:
    """Raises `Invalid` naming every input that is missing or of another type than declared.

    Only what the trigger leads to counts: a webhook need not bring what a form asks people for.
    A field that is null counts as missing, as it does in the run.
    """
    graph = version.graph
    declaring = [node for node in graph.get("nodes", ()) if _declares(node)]
    if not declaring:
        return
    given = data if isinstance(data, dict) else {}
    ahead = _reached(graph.get("edges", ()), trigger)
    found: dict[str, None] = {}  # a set with an order: two nodes may ask for the same
    for node in declaring:
        if node["id"] in ahead:
            found.update(dict.fromkeys(_problems(node["config"]["inputs"], given)))
    if found:
        raise Invalid(f"the run's input does not fit: {'; '.join(found)}")


def _declares(node: JsonObject) -> bool:
    wanted = node["type"] == INPUT and not node.get("disabled", False)
    return wanted and bool(node.get("config", {}).get("inputs"))


def _reached(edges: Iterable[JsonObject], start: str) -> set[str]:
    follows: dict[str, list[str]] = {}
    for edge in edges:
        follows.setdefault(edge["source"], []).append(edge["target"])
    reached = {start}
    ahead = [start]
    while ahead:
        for target in follows.get(ahead.pop(), ()):
            if target not in reached:
                reached.add(target)
                ahead.append(target)
    return reached


def _problems(declared: Iterable[JsonObject], given: Mapping[str, Any]) -> Iterator[str]:
    for item in declared:
        name, value = item["name"], given.get(item["name"])
        kinds = _KINDS.get(item.get("type", "any"))
        if value is None:
            if item.get("required", False) and item.get("default") is None:
                yield f"{name} is missing"
        elif kinds and (
            not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        ):
            yield f"{name} is no {item['type']}"
