"""Makes a graph that shows a fault small enough to read."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

Graph = dict[str, Any]
_EXTRAS = ("on_error", "on_error_value", "retry", "disabled")


def shrink(graph: Graph, still_fails: Callable[[Graph], bool], looks: int = 2_000) -> Graph:
    """The smallest graph found by leaving things out one by one while `still_fails` says so.

    `still_fails` must say False for graphs that are not valid.
    """
    found = True
    while found and looks > 0:
        found = False
        for smaller in _smaller(graph):
            looks -= 1
            if still_fails(smaller):
                graph, found = smaller, True
                break
            if looks <= 0:
                break
    return graph


def _smaller(graph: Graph) -> Iterator[Graph]:
    ids = [node["id"] for node in graph["nodes"]]
    for chunk in (8, 4, 2):
        for start in range(0, len(ids), chunk):
            yield _without(graph, set(ids[start : start + chunk]))
    for node_id in ids:
        yield _without(graph, {node_id})
        bypassed = _bypass(graph, node_id)
        if bypassed is not None:
            yield bypassed
    for index in range(len(graph["edges"])):
        edges = graph["edges"]
        yield {**graph, "edges": edges[:index] + edges[index + 1 :]}
    for index, node in enumerate(graph["nodes"]):
        for plainer in _plainer(node):
            nodes = list(graph["nodes"])
            nodes[index] = plainer
            yield {**graph, "nodes": nodes}


def _without(graph: Graph, gone: set[str]) -> Graph:
    """The graph without some nodes, their edges, and the values that read them."""
    nodes = [copy.deepcopy(n) for n in graph["nodes"] if n["id"] not in gone]
    for node in nodes:
        text = str(node["config"].get("value"))
        if any("{{" + other + "." in text for other in gone):
            del node["config"]["value"]
    edges = [e for e in graph["edges"] if not {e["source"], e["target"]} & gone]
    return {**graph, "nodes": nodes, "edges": edges}


def _bypass(graph: Graph, node_id: str) -> Graph | None:
    """A node taken out with its one predecessor's edge led on to its successors."""
    before = [e for e in graph["edges"] if e["target"] == node_id]
    after = [e for e in graph["edges"] if e["source"] == node_id]
    if len(before) != 1 or not after:
        return None
    smaller = _without(graph, {node_id})
    joined = [
        {**e, "source": before[0]["source"], "source_port": before[0]["source_port"]} for e in after
    ]
    return {**smaller, "edges": smaller["edges"] + joined}


def _plainer(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in _EXTRAS:
        if name in node:
            yield {key: value for key, value in node.items() if key != name}
    for name in node["config"]:
        yield {**node, "config": {k: v for k, v in node["config"].items() if k != name}}
    for kind in ("probe_pure", "probe_call"):
        if node["type"] in ("probe_call_strict", "probe_append", "probe_sleep", "probe_first"):
            yield {**node, "type": kind}
