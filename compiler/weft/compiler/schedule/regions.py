"""The region tree: structured control, ready to become states."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.tree import Await, Future, Tell
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


Region: TypeAlias = Do | Seq | Choose | Fork | Fused | Outline | Tell | Await


def stated_in(region: Region) -> list[str]:
    """The nodes of a region, in order."""
    match region:
        case Do(node=node):
            return [node]
        case Choose(arms=arms):
            return [name for arm in arms for name in stated_in(arm.body)]
        case Outline(body=body):
            return stated_in(body)
        case Tell() | Await():
            return []
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
        case Tell():
            return []
        case Await(future=future):
            return list(future.carries)
        case _:
            return [name for part in region.parts for name in outcomes_of(part)]


def recorded_in(region: Region) -> list[str]:
    """The nodes whose outcome is recorded in a region: its own, and those that it waits for."""
    waited = [m.future for m in marks_in(region) if isinstance(m, Await)]
    return [*stated_in(region), *(name for future in waited for name in future.carries)]


def first_of(region: Region) -> str:
    """The node that a region is named after."""
    own = stated_in(region)
    if own:
        return own[0]
    mark = next(marks_in(region))
    return mark.future.source if isinstance(mark, Tell) else mark.future.target


def _all_in(region: Region) -> Iterator[Region]:
    """A region and all regions in it, in order, each before those in it."""
    yield region
    match region:
        case Choose(arms=arms):
            inner: Iterable[Region] = (arm.body for arm in arms)
        case Outline(body=body):
            inner = (body,)
        case Seq(parts=parts) | Fork(parts=parts):
            inner = parts
        case _:
            return
    for part in inner:
        yield from _all_in(part)


def marks_in(region: Region) -> Iterator[Tell | Await]:
    """Where a region tells and waits for futures, in order."""
    return (part for part in _all_in(region) if isinstance(part, Tell | Await))


def futures_in(region: Region | None) -> list[Future]:
    """The futures of a region, by name."""
    found = marks_in(region) if region is not None else ()
    return sorted((m.future for m in found if isinstance(m, Tell)), key=lambda f: int(f.name))


def outlines(region: Region) -> Iterator[Outline]:
    """The outlined regions in a region, each before those in it."""
    return (part for part in _all_in(region) if isinstance(part, Outline))


def fusions(region: Region) -> Iterator[Fused]:
    """The fused calls in a region, in order."""
    return (part for part in _all_in(region) if isinstance(part, Fused))


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
