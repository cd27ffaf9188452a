"""A graph as another document drew it, before it is known what its words mean here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(slots=True)
class DrawnNode:
    """`kinds`: names that may say its type, the most telling first."""

    id: str
    kinds: tuple[str, ...]
    name: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    position: Mapping[str, Any] = field(default_factory=dict)
    disabled: bool = False
    outputs: tuple[str, ...] = ()  # declared ports, where the document declares any
    inputs: tuple[str, ...] = ()


@dataclass(slots=True)
class DrawnEdge:
    """`condition`: what must hold for the edge to be taken, where the document says so."""

    source: str
    target: str
    source_port: str | None = None
    target_port: str | None = None
    condition: Any = None
    label: str = ""


@dataclass(slots=True)
class Drawn:
    """A whole document. `left_out`: (what, why) of the document itself."""

    nodes: list[DrawnNode] = field(default_factory=list)
    edges: list[DrawnEdge] = field(default_factory=list)
    name: str = ""
    description: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """One shape: whether a document has it, and what it draws."""

    def recognises(self, data: Mapping[str, Any]) -> bool: ...
    def read(self, data: Mapping[str, Any]) -> Drawn: ...


def text(value: Any) -> str:
    """Text as it is, numbers written out, nothing for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def first(data: Mapping[str, Any], *keys: str) -> Any:
    """The first of the keys that is there and not null."""
    return next((data[key] for key in keys if data.get(key) is not None), None)


def mapping(value: Any) -> dict[str, Any]:
    """An object as it is, an empty one for everything else."""
    return dict(value) if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or of an object by key."""
    if isinstance(value, Mapping):
        return [
            {"name": key, **(item if isinstance(item, Mapping) else {"value": item})}
            for key, item in value.items()
        ]
    return (
        [dict(item) for item in value if isinstance(item, Mapping)]
        if isinstance(value, list)
        else []
    )


def edges_of(data: Mapping[str, Any]) -> list[DrawnEdge]:
    """Edges under any of the names that the shapes give them and their ends."""
    found = []
    for item in objects(first(data, "edges", "connections")):
        source = text(
            first(item, "source", "source_node", "source_node_id", "sourceNodeId", "from")
        )
        target = text(first(item, "target", "target_node", "target_node_id", "targetNodeId", "to"))
        found.append(
            DrawnEdge(
                source,
                target,
                text(first(item, "source_port", "source_handle", "sourceHandle", "sourcePort"))
                or None,
                text(first(item, "target_port", "target_handle", "targetHandle", "targetPort"))
                or None,
                first(item, "condition", "conditions"),
                text(item.get("label")),
            )
        )
    return found


def document_of(data: Mapping[str, Any]) -> Drawn:
    """Name, description, variables, settings and edges; the nodes are the shape's matter."""
    return Drawn(
        edges=edges_of(data),
        name=text(data.get("name")),
        description=text(data.get("description")),
        variables=_variables(data.get("variables")),
        settings=mapping(data.get("settings")),
    )


def _variables(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {text(v.get("name")): first(v, "value", "default") for v in objects(value)}
    return mapping(value)


def is_off(item: Mapping[str, Any]) -> bool:
    """Whether a node is switched off."""
    return item.get("disabled") is True or item.get("enabled") is False
