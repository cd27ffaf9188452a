"""The region tree: structured control, ready to become states."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from weft.compiler.schedule.diagrams import Diagram
from weft.domain.child_machine import MachineType
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


@dataclass(frozen=True, slots=True)
class Fused:
    """Runner calls, one after the other, that one call of a runner makes."""

    parts: tuple[Do, ...]

    @property
    def nodes(self) -> list[str]:
        """The nodes in the order of their calls."""
        return [part.node for part in self.parts]


@dataclass(frozen=True, slots=True)
class Outline:
    """A region that is a machine of its own, named `name`; `why` says what speaks for it.

    `gives` are the nodes in it whose outcome is read outside.
    """

    name: str
    body: "Region"
    type: MachineType
    gives: frozenset[str]
    why: str


Region: TypeAlias = Do | Seq | Choose | Fork | Fused | Outline


def stated_in(region: Region) -> list[str]:
    """The nodes of a region, in order."""
    match region:
        case Do(node=node):
            return [node]
        case Choose(arms=arms):
            return [name for arm in arms for name in stated_in(arm.body)]
        case Outline(body=body):
            return stated_in(body)
        case _:
            return [name for part in region.parts for name in stated_in(part)]


def outcomes_of(region: Region) -> list[str]:
    """The nodes of a region whose outcome can be read behind it, in order."""
    match region:
        case Do(node=node):
            return [node]
        case Choose(arms=arms):
            return [name for arm in arms for name in outcomes_of(arm.body)]
        case Outline(body=body, gives=gives):
            return [name for name in outcomes_of(body) if name in gives]
        case _:
            return [name for part in region.parts for name in outcomes_of(part)]


def outlines(region: Region) -> Iterator[Outline]:
    """The outlined regions in a region, each before those in it."""
    match region:
        case Do():
            return
        case Choose(arms=arms):
            for arm in arms:
                yield from outlines(arm.body)
        case Outline(body=body):
            yield region
            yield from outlines(body)
        case _:
            for part in region.parts:
                yield from outlines(part)


def fusions(region: Region) -> Iterator[Fused]:
    """The fused calls in a region, in order."""
    match region:
        case Do():
            return
        case Fused():
            yield region
        case Choose(arms=arms):
            for arm in arms:
                yield from fusions(arm.body)
        case Outline(body=body):
            yield from fusions(body)
        case _:
            for part in region.parts:
                yield from fusions(part)


def raises(region: Region, regions: Mapping[str, "Region | None"]) -> bool:
    """Whether a task in the region, or in a loop in it, tells of an error by raising it itself."""
    if any(outlines(region)) or any(fusions(region)):
        return True
    bodies = (regions.get(name) for name in stated_in(region))
    return any(body is not None and raises(body, regions) for body in bodies)


def durable(region: Region) -> list[str]:
    """The nodes of a region that run in Standard machines, in order."""
    express = {name for o in outlines(region) if o.type == "EXPRESS" for name in stated_in(o)}
    return [name for name in stated_in(region) if name not in express]
