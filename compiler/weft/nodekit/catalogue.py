"""The catalogue as the compiler sees it: a node type by name, or nothing."""

from typing import Any, Protocol

from weft.nodekit.node_type import NodeType


class Catalogue(Protocol):
    """Loads node types one by one, so that a graph costs only the types it uses."""

    def find(self, name: str) -> NodeType[Any] | None:
        """The node type of that name or alias; None when there is none."""
        ...

    def names(self) -> tuple[str, ...]:
        """All names, for suggestions."""
        ...
