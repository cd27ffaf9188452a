"""Which published versions a graph's calls run: pinned when it is published, read where needed."""

from collections.abc import Iterator
from typing import Any

from weft.compiler.parse import parse
from weft.domain.errors import NotFound
from weft.domain.graph import GraphDoc
from weft.domain.workflow import JsonObject
from weft.operations.platform import Platform


def with_pinned_calls(platform: Platform, tenant_id: str, graph: JsonObject) -> JsonObject:
    """The graph with the live version at each call that names none.

    Calls of what is not there or not published stay as they are; the checks say so at their node.
    """
    calls = {id(node): node["config"] for node in _calls(platform, graph)}
    if not calls:
        return graph
    nodes = [_pinned(platform, tenant_id, n) if id(n) in calls else n for n in graph["nodes"]]
    return {**graph, "nodes": nodes}


def called_documents(platform: Platform, tenant_id: str, graph: JsonObject) -> dict[str, GraphDoc]:
    """The graphs of all versions that a pinned graph calls, and that these do, by reference."""
    found: dict[str, GraphDoc] = {}
    ahead = [graph]
    while ahead:
        for node in _calls(platform, ahead.pop()):
            workflow, version = node["config"]["workflow"], node["config"].get("version")
            reference = f"{workflow}@{version}"
            if not isinstance(version, int) or reference in found:
                continue
            try:
                held = platform.store.workflows.get_version(tenant_id, workflow, version)
            except NotFound:
                continue
            found[reference] = parse(held.graph)
            ahead.append(held.graph)
    return found


def _calls(platform: Platform, graph: JsonObject) -> Iterator[Any]:
    """The nodes that call a workflow, as far as they can be read."""
    nodes = graph.get("nodes")
    for node in nodes if isinstance(nodes, list) else ():
        if not isinstance(node, dict) or not isinstance(node.get("config"), dict):
            continue
        type_ = platform.catalogue.find(str(node.get("type")))
        if type_ and type_.calls and isinstance(node["config"].get("workflow"), str):
            yield node


def _pinned(platform: Platform, tenant_id: str, node: JsonObject) -> JsonObject:
    config = node["config"]
    if config.get("version") is not None:
        return node
    try:
        live = platform.store.workflows.get(tenant_id, config["workflow"]).published_version
    except NotFound:
        return node
    return node if live is None else {**node, "config": {**config, "version": live}}
