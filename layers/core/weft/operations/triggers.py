"""The triggers of a published version: which there are, and which one a run starts at."""

from collections.abc import Iterator, Sequence
from typing import Any

from weft.domain.errors import Invalid
from weft.domain.workflow import PublishedVersion, TriggerBinding
from weft.nodekit.catalogue import Catalogue


def _trigger_nodes(catalogue: Catalogue, version: PublishedVersion) -> Iterator[dict[str, Any]]:
    """Enabled trigger nodes, in the graph's order."""
    for node in version.graph.get("nodes", ()):
        found = catalogue.find(node["type"])
        if found is not None and found.is_trigger and not node.get("disabled", False):
            yield {**node, "type": found.name}


def bindings_of(catalogue: Catalogue, version: PublishedVersion) -> Sequence[TriggerBinding]:
    """What webhooks and schedules look up once the version is live."""
    return [
        TriggerBinding(
            tenant_id=version.tenant_id,
            workflow_id=version.workflow_id,
            version=version.version,
            node_id=node["id"],
            type=node["type"],
            path=str(node.get("config", {}).get("path") or "").strip("/"),
            config=node.get("config", {}),
        )
        for node in _trigger_nodes(catalogue, version)
    ]


def chosen_trigger(
    catalogue: Catalogue, version: PublishedVersion, node_id: str | None, type: str
) -> str:
    """Where a run starts: at the named node, else the first of the type, else the first by hand,
    as for programs that call the API, else the first.

    Raises `Invalid` if the version has no such trigger.
    """
    nodes = list(_trigger_nodes(catalogue, version))
    if node_id is not None:
        if any(node["id"] == node_id for node in nodes):
            return node_id
        raise Invalid(f"{node_id!r} is not a trigger of version {version.version}")
    for wanted in (type, f"{type}_trigger", "manual_trigger"):
        for node in nodes:
            if node["type"] == wanted:
                return str(node["id"])
    if not nodes:
        raise Invalid(f"version {version.version} has no trigger")
    return str(nodes[0]["id"])
