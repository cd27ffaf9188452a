"""The region tree: structured control, ready to become states."""

from dataclasses import dataclass
from typing import TypeAlias

from weft.compiler.schedule.diagrams import Diagram
from weft.expressions.ast import Expr


@dataclass(frozen=True, slots=True)
class Do:
    """One node with a state."""

    node: str


@dataclass(frozen=True, slots=True)
class Seq:
    """One after the other."""

    parts: "tuple[Region, ...]"


@dataclass(frozen=True, slots=True)
class Arm:
    """A region under a condition, which is given as text and, where that is known, as a diagram."""

    when: Expr
    body: "Region"
    guard: Diagram | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """At most one of the arms; exactly one with `covers`."""

    arms: tuple[Arm, ...]
    covers: bool


@dataclass(frozen=True, slots=True)
class Fork:
    """All at the same time, joined at the end."""

    parts: "tuple[Region, ...]"


Region: TypeAlias = Do | Seq | Choose | Fork


def stated_in(region: Region) -> list[str]:
    """The nodes of a region, in order."""
    match region:
        case Do(node=node):
            return [node]
        case Choose(arms=arms):
            return [name for arm in arms for name in stated_in(arm.body)]
        case _:
            return [name for part in region.parts for name in stated_in(part)]
