"""Series-parallel trees: what runs after what, and what at the same time.

A future stands for order that such a tree cannot say: of two branches that run at the same time,
one tells a value and the other waits for it.
"""

from dataclasses import dataclass
from typing import TypeAlias

from weft.compiler.schedule.diagrams import Diagram


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


@dataclass(frozen=True, slots=True)
class Future:
    """What `source` came to, handed to `target` in another branch while both branches run.

    `carries`: the nodes whose outcomes are handed over; `gain`: seconds it is expected to save.
    """

    name: str
    source: str
    target: str
    carries: tuple[str, ...] = ()
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Tell:
    """Hand the future's outcomes over, where `when` holds."""

    future: Future
    when: Diagram = True


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for the future's outcomes, where `when` holds."""

    future: Future
    when: Diagram = True


Tree: TypeAlias = Leaf | Series | Parallel | Tell | Await


def leaves(tree: Tree) -> list[str]:
    """The states of a tree, in order. Takes a tree of any depth."""
    found: list[str] = []
    stack: list[Tree] = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Leaf):
            found.append(part.node)
        elif isinstance(part, Series | Parallel):
            stack.extend(reversed(part.parts))
    return found


def preceding(tree: Tree, node: str) -> list[str] | None:
    """The states that a tree puts before one of its own; None for one that is not in it."""
    if isinstance(tree, Leaf):
        return [] if tree.node == node else None
    done: list[str] = []
    for part in tree.parts if isinstance(tree, Series | Parallel) else ():
        inside = preceding(part, node)
        if inside is not None:
            return done + inside
        if isinstance(tree, Series):
            done += leaves(part)
    return None


def awaited(tree: Tree) -> list[Future]:
    """The futures that a tree waits for."""
    if isinstance(tree, Await):
        return [tree.future]
    parts = tree.parts if isinstance(tree, Series | Parallel) else ()
    return [future for part in parts for future in awaited(part)]


def marks(tree: Tree) -> list[Tell | Await]:
    """Where a tree tells and waits for futures."""
    if isinstance(tree, Tell | Await):
        return [tree]
    parts = tree.parts if isinstance(tree, Series | Parallel) else ()
    return [mark for part in parts for mark in marks(part)]
