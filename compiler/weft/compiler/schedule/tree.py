"""Series-parallel trees: what runs after what, and what at the same time."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Leaf:
    """One state."""

    node: str


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other."""

    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Parallel:
    """At the same time."""

    parts: "tuple[Tree, ...]"


Tree: TypeAlias = Leaf | Series | Parallel


def leaves(tree: Tree) -> list[str]:
    """The states of a tree, in order. Takes a tree of any depth."""
    found: list[str] = []
    stack: list[Tree] = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Leaf):
            found.append(part.node)
        else:
            stack.extend(reversed(part.parts))
    return found
