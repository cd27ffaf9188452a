"""The shape whose nodes declare typed ports and whose connections name them.

{"nodes": [{"id", "type", "name", "config", "inputs": [{"id", "name", "type", "required"}],
            "outputs": [{…}], "position"}],
 "connections": [{"source_node_id", "source_port", "target_node_id", "target_port"}]}
"""

from collections.abc import Mapping
from typing import Any

from weft.compiler.importers.drawn import (
    Drawn,
    DrawnEdge,
    DrawnNode,
    document_of,
    first,
    is_off,
    mapping,
    objects,
    text,
)


class TypedPorts:
    """See the module."""

    def recognises(self, data: Mapping[str, Any]) -> bool:
        declared = [
            port
            for item in objects(data.get("nodes"))
            for port in (*objects(item.get("inputs")), *objects(item.get("outputs")))
        ]
        return bool(declared) and all("type" in port or "id" in port for port in declared)

    def read(self, data: Mapping[str, Any]) -> Drawn:
        drawn = document_of(data)
        items = objects(data.get("nodes"))
        drawn.nodes = [_node(item) for item in items]
        names = {
            (text(item.get("id")), side, text(port.get("id"))): _called(port)
            for item in items
            for side in ("inputs", "outputs")
            for port in objects(item.get(side))
        }
        for edge in drawn.edges:
            _by_name(edge, names)
        return drawn


def _node(item: Mapping[str, Any]) -> DrawnNode:
    return DrawnNode(
        id=text(item.get("id")),
        kinds=tuple(
            dict.fromkeys(k for k in (text(item.get("type")), text(item.get("subtype"))) if k)
        ),
        name=text(first(item, "name", "label")),
        config=mapping(first(item, "config", "properties")),
        position=mapping(item.get("position")),
        disabled=is_off(item),
        inputs=tuple(_called(port) for port in objects(item.get("inputs"))),
        outputs=tuple(_called(port) for port in objects(item.get("outputs"))),
    )


def _called(port: Mapping[str, Any]) -> str:
    return text(first(port, "name", "id"))


def _by_name(edge: DrawnEdge, names: Mapping[tuple[str, str, str], str]) -> None:
    """Ports are named by id in connections; here they go by name."""
    edge.source_port = names.get((edge.source, "outputs", edge.source_port or ""), edge.source_port)
    edge.target_port = names.get((edge.target, "inputs", edge.target_port or ""), edge.target_port)
