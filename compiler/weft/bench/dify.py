"""Graphs of Dify: loops are containers, whose first nodes get the item and whose last return."""

from collections.abc import Mapping
from typing import Any

from weft.bench.catalogue import EFFECTS
from weft.bench.drawing import ERROR, Drawing, Drawn, Line
from weft.bench.mapping import Classes

_ERROR_HANDLES = ("fail-branch", ERROR)
_CONTAINERS = ("foreach", "while")


def drawing(graph: Mapping[str, Any], classes: Classes) -> Drawing:
    """The graph as drawn."""
    held = graph["nodes"]
    kinds = [classes.of(node["t"]) for node in held]
    drawn = Drawing([_drawn(kind, node) for kind, node in zip(kinds, held, strict=True)])
    ways: dict[int, list[str]] = {}
    for source, handle, target, *_ in graph["edges"]:
        way: int | str = 0
        if handle in _ERROR_HANDLES and drawn.nodes[source].kind in EFFECTS:
            way, drawn.nodes[source].fails = ERROR, "branch"
        elif drawn.nodes[source].kind == "foreach":
            way = "done"
        else:
            names = ways.setdefault(source, [])
            if handle not in names:
                names.append(handle)
            way = names.index(handle)
        drawn.lines.append(Line(source, way, target))
    for index, node in enumerate(drawn.nodes):
        count = len(ways.get(index, ()))
        node.ways = max(count, 2) if kinds[index].endswith("decision") else max(count, 1)
    _contain(drawn, held, kinds)
    return drawn


def _drawn(kind: str, node: Mapping[str, Any]) -> Drawn:
    names = {"llm_decision": "llm", "scope_start": "pure", "while": "foreach"}
    on_error = "continue" if node.get("err") == "default-value" else "fail"
    return Drawn(names.get(kind, kind), retries=bool(node.get("retry")), fails=on_error)


def _contain(drawn: Drawing, held: list[Mapping[str, Any]], kinds: list[str]) -> None:
    for loop, kind in enumerate(kinds):
        if kind not in _CONTAINERS:
            continue
        body = {k for k, node in enumerate(held) if node.get("parent") == loop}
        inside = [e for e in drawn.lines if e.source in body and e.target in body]
        first = body - {e.target for e in inside}
        last = body - {e.source for e in inside}
        drawn.lines += [Line(loop, "item", k) for k in sorted(first)]
        drawn.lines += [Line(k, _out(drawn, k), loop, "back") for k in sorted(last)]


def _out(drawn: Drawing, node: int) -> int | str:
    return "done" if drawn.nodes[node].kind == "foreach" else 0
