"""A tree under construction, with how long it takes in each draw."""

from dataclasses import dataclass, field
from enum import Enum
from operator import add
from typing import Final

from weft.compiler.schedule.draws import Spans
from weft.compiler.schedule.tree import Leaf, Parallel, Series, Tree


class Kind(Enum):
    """What it runs."""

    ONE = "one"
    SERIES = "series"
    PARALLEL = "parallel"


NEGLIGIBLE: Final = 1e-9  # seconds; less is rounding


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One element, or parts in series or in parallel. `total`: the sum of its spans."""

    kind: Kind
    spans: Spans
    parts: "tuple[Arrangement, ...]" = ()
    element: int = -1
    total: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum(self.spans))


def one(element: int, spans: Spans) -> Arrangement:
    """A single element."""
    return Arrangement(Kind.ONE, spans, element=element)


def in_series(parts: list[Arrangement]) -> Arrangement:
    """One after the other; takes the sum."""
    flat: list[Arrangement] = []
    spans = parts[0].spans
    for part in parts[1:]:
        spans = tuple(map(add, spans, part.spans))
    for part in parts:
        flat.extend(part.parts if part.kind is Kind.SERIES else (part,))
    return Arrangement(Kind.SERIES, spans, tuple(flat))


def in_parallel(parts: list[Arrangement]) -> Arrangement:
    """At the same time; takes the longest."""
    spans = parts[0].spans
    for part in parts[1:]:
        spans = tuple(map(max, spans, part.spans))
    return Arrangement(Kind.PARALLEL, spans, tuple(parts))


def tree_of(plan: Arrangement, names: tuple[str, ...], index: tuple[int, ...]) -> Tree:
    """The arrangement as a tree; what runs in parallel is listed as the order lists its nodes.

    `index[element]` is where an element stands in `names`. Takes any depth.
    """
    made: list[tuple[int, Tree]] = []  # with the first position in `names`
    stack: list[tuple[Arrangement, bool]] = [(plan, False)]
    while stack:
        current, ready = stack.pop()
        if current.kind is Kind.ONE:
            made.append((index[current.element], Leaf(names[index[current.element]])))
        elif not ready:
            stack.append((current, True))
            stack.extend((part, False) for part in reversed(current.parts))
        else:
            count = len(current.parts)
            built = made[-count:]
            del made[-count:]
            if current.kind is Kind.PARALLEL:
                built.sort(key=lambda pair: pair[0])
            parts = tuple(tree for _, tree in built)
            first = min(position for position, _ in built)
            made.append((first, (Series if current.kind is Kind.SERIES else Parallel)(parts)))
    return made[0][1]
