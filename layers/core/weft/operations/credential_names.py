"""Graphs may name a credential by its name; what is published names it by its id."""

from typing import Any

from weft.domain.workflow import JsonObject
from weft.operations.platform import Platform


def with_credential_ids(platform: Platform, tenant_id: str, graph: JsonObject) -> JsonObject:
    """The graph with ids in place of the names of credentials that exist.

    An id goes before a name, and names are unique in a tenant, so there is never a choice to make.
    Whatever is neither stays as it is, and the checks say so at its node.
    """
    nodes = graph.get("nodes")
    if not isinstance(nodes, list) or not any(_named(node) for node in nodes):
        return graph
    stored = platform.store.credentials.list(tenant_id)
    meant = {item.name: item.credential_id for item in stored}
    meant |= {item.credential_id: item.credential_id for item in stored}
    return {**graph, "nodes": [_with_id(node, meant) for node in nodes]}


def _named(node: Any) -> str | None:
    config = node.get("config") if isinstance(node, dict) else None
    named = config.get("credential") if isinstance(config, dict) else None
    return named if isinstance(named, str) else None


def _with_id(node: Any, meant: dict[str, str]) -> Any:
    named = _named(node)
    if named is None or meant.get(named, named) == named:
        return node
    return {**node, "config": {**node["config"], "credential": meant[named]}}
