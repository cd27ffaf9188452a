"""The shape whose nodes keep everything under `data`, and whose edges may name no ports.

{"nodes": [{"id", "type", "position", "data": {"label", "type", "properties": {…}}}],
 "edges": [{"source", "target"}]}
"""

from collections.abc import Mapping
from typing import Any

from weft.compiler.importers.drawn import (
    Drawn,
    DrawnNode,
    document_of,
    first,
    is_off,
    mapping,
    objects,
    text,
)

# What a canvas calls a node that says its type elsewhere.
_DRAWING = {"custom", "default", "customnode", "node", "workflownode", "input", "output"}


class Properties:
    """See the module."""

    def recognises(self, data: Mapping[str, Any]) -> bool:
        return any(isinstance(item.get("data"), Mapping) for item in objects(data.get("nodes")))

    def read(self, data: Mapping[str, Any]) -> Drawn:
        drawn = document_of(data)
        drawn.nodes = [_node(item) for item in objects(data.get("nodes"))]
        return drawn


def _node(item: Mapping[str, Any]) -> DrawnNode:
    held = mapping(item.get("data"))
    kinds = [text(first(held, key)) for key in ("subtype", "nodeType", "node_type", "type", "kind")]
    own = text(item.get("type"))
    kinds = [*kinds, own] if own.lower() in _DRAWING else [own, *kinds]
    return DrawnNode(
        id=text(item.get("id")),
        kinds=tuple(dict.fromkeys(kind for kind in kinds if kind)),
        name=text(first(held, "label", "name", "title")),
        config=mapping(first(held, "properties", "config", "parameters")),
        position=mapping(item.get("position")),
        disabled=is_off(held) or is_off(item),
    )
