"""The shape whose nodes say where each of their inputs comes from, with a config block per kind.

    {"nodes": [{"id", "type": "agent", "agent_config": {…},
                "inputs": [{"name", "source": "node.output.path"}]}],
     "edges": [{"source", "source_handle", "target", "target_handle"}]}

A mapping is `{"name", "source"}` with the source as text, `{"source_node", "source_handle"}`,
`{"variable"}` or `{"value"}`, perhaps with a `default`.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

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

_NAMES = ("name", "target", "parameter", "param", "key", "input")
_SOURCES = ("source", "from", "expression")
_PATH = re.compile(r"(?P<root>[\w-]+)(?P<rest>(?:\.[\w-]+|\[\d+\])*)\Z")


class InputMappings:
    """See the module."""

    def recognises(self, data: Mapping[str, Any]) -> bool:
        return any(
            any(name in entry for name in (*_SOURCES, "source_node", "variable", "value"))
            for item in objects(data.get("nodes"))
            for entry in objects(item.get("inputs"))
        ) or any(
            key.endswith("_config") and isinstance(held, Mapping)
            for item in objects(data.get("nodes"))
            for key, held in item.items()
        )

    def read(self, data: Mapping[str, Any]) -> Drawn:
        drawn = document_of(data)
        ids = {text(item.get("id")) for item in objects(data.get("nodes"))}
        joined = {(edge.source, edge.target) for edge in drawn.edges}
        for item in objects(data.get("nodes")):
            node = _node(item)
            drawn.nodes.append(node)
            for entry in objects(item.get("inputs")):
                name = text(first(entry, *_NAMES))
                value, source, handle = _mapped(entry, ids, set(drawn.variables))
                if name:
                    node.config.setdefault(name, value)
                if source and (source, node.id) not in joined:
                    joined.add((source, node.id))  # what a node reads it also waits for
                    drawn.edges.append(DrawnEdge(source, node.id, handle))
        return drawn


def _node(item: Mapping[str, Any]) -> DrawnNode:
    kind = text(item.get("type"))
    config = mapping(item.get("config"))
    for key, held in item.items():
        if key.endswith("_config") and isinstance(held, Mapping):
            config |= held
    return DrawnNode(
        id=text(item.get("id")),
        kinds=tuple(k for k in (text(item.get("subtype")), kind) if k),
        name=text(first(item, "name", "label")),
        config=config,
        position=mapping(item.get("position")),
        disabled=is_off(item),
    )


def _mapped(
    entry: Mapping[str, Any], ids: set[str], variables: set[str]
) -> tuple[Any, str | None, str | None]:
    """`(config value, node it comes from, that node's port)`."""
    node = text(first(entry, "source_node", "source_node_id", "node", "node_id"))
    source = first(entry, *_SOURCES)
    if isinstance(source, Mapping):
        return _mapped({**source, "default": entry.get("default")}, ids, variables)
    if not node and isinstance(source, str) and source in ids:
        node = source
    handle = text(first(entry, "source_handle", "source_port", "source_output", "handle")) or None
    if node:
        path = text(first(entry, "path", "field"))
        read = _reference(node) + "".join(f".{part}" for part in (handle, path) if part)
        return _written(read, entry), node, handle
    if variable := text(first(entry, "variable", "variable_name")):
        return _written(f"variables.{variable}", entry), None, None
    if isinstance(source, str) and "{{" not in source and (found := _PATH.match(source)):
        root = found["root"]
        if root in ids:
            return _written(_reference(root) + found["rest"], entry), root, None
        if root in variables:
            return _written(f"variables.{source}", entry), None, None
        if root in ("variables", "trigger"):
            return _written(source, entry), None, None
    return first(entry, "value", "default") if source is None else source, None, None


def _reference(node: str) -> str:
    return node if node.replace("_", "a").isalnum() else f'nodes["{node}"].output'


def _written(path: str, entry: Mapping[str, Any]) -> str:
    default = entry.get("default")
    if default is None:
        return f"{{{{{path}}}}}"
    return f"{{{{{path} | default({orjson.dumps(default).decode()})}}}}"
