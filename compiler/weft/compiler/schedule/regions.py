"""The region tree: structured control, ready to become states."""

from collections.abc import Iterator
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
class Outline:
    """A region that is a machine of its own, named `name`; `why` says what speaks for it.

    `gives` are the nodes in it whose outcome is read outside.
    """

    name: str
    body: "Region"
    type: MachineType
    gives: frozenset[str]
    why: str


Region: TypeAlias = Do | Seq | Choose | Fork | Outline


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


def durable(region: Region) -> list[str]:
    """The nodes of a region that run in Standard machines, in order."""
    express = {name for o in outlines(region) if o.type == "EXPRESS" for name in stated_in(o)}
    return [name for name in stated_in(region) if name not in express]
