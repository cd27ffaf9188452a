"""The shape with families and subtypes, `{{…}}` in the settings, and conditions on edges.

    {"nodes": [{"id", "type": "action", "subtype": "http", "name", "config", "position"}],
     "edges": [{"source", "target", "condition": {"field", "operator", "value"}, "label"}]}

It is also the plainest one, so it takes what no other shape recognises.
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


class EdgeConditions:
    """See the module."""

    def recognises(self, data: Mapping[str, Any]) -> bool:
        return bool(objects(data.get("nodes")))

    def read(self, data: Mapping[str, Any]) -> Drawn:
        drawn = document_of(data)
        drawn.nodes = [_node(item) for item in objects(data.get("nodes"))]
        return drawn


def _node(item: Mapping[str, Any]) -> DrawnNode:
    family, kind = text(item.get("type")), text(first(item, "subtype", "sub_type"))
    both = [kind, f"{kind}_{family}", family] if kind else [family]
    place = item.get("position")
    if not isinstance(place, Mapping):
        place = {"x": first(item, "position_x", "x"), "y": first(item, "position_y", "y")}
    return DrawnNode(
        id=text(item.get("id")),
        kinds=tuple(both),
        name=text(first(item, "name", "label")),
        config=mapping(first(item, "config", "properties", "parameters")),
        position=mapping(place),
        disabled=is_off(item),
    )
