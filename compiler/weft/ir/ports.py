"""Ports: the typed, named inputs and outputs of a node."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a port carries (GM-05)."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"

    def accepts(self, other: "Kind") -> bool:
        """Whether a value of kind `other` may flow into a port of this kind."""
        return Kind.ANY in (self, other) or self is other


class Join(StrEnum):
    """When a node whose in-edges are all resolved fires; else it is skipped (semantics §4.2)."""

    ALL_PORTS = "all_ports"  # every connected gating port has a live edge
    ANY_PORT = "any_port"  # some connected port has a live edge
    ALL_EDGES = "all_edges"  # every in-edge is live (strict AND)
    ALWAYS = "always"  # once resolved


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output. `many`: the input's value is the array of all live values, in order."""

    name: str
    kind: Kind = Kind.ANY
    required: bool = False  # an input that must be connected
    many: bool = False
    gates: bool = True  # a connected input without a live edge keeps the node from firing
    description: str = ""
