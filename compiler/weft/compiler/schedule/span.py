"""How long a tree takes, against the least that its order allows."""

from collections.abc import Mapping
from dataclasses import dataclass

from weft.compiler.schedule.poset import Poset, covers
from weft.compiler.schedule.regions import Choose, Do, Fork, Fused, Outline, Region, Seq
from weft.compiler.schedule.tree import Leaf, Series, Tree


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one tree costs in time. No bound holds for every order (Salamon, Galpin 2009), so the
    compiler states this figure for each: seconds of the tree, and of the longest path."""

    span: float
    ideal: float

    @property
    def ratio(self) -> float:
        """Span ÷ ideal, 1 at best."""
        return self.span / self.ideal if self.ideal else 1.0

    def as_json(self) -> dict[str, float]:
        """`{"seconds", "ideal_seconds", "ratio"}`."""
        told = {"seconds": self.span, "ideal_seconds": self.ideal, "ratio": self.ratio}
        return {name: float(f"{value:.6g}") for name, value in told.items()}


def certificate(order: Poset, tree: Tree | None, seconds: Mapping[str, float]) -> Certificate:
    """The certificate of a tree for given seconds per node."""
    return Certificate(span(tree, seconds), critical_path(order, seconds))


def certified(order: Poset, region: Region | None, seconds: Mapping[str, float]) -> Certificate:
    """The certificate of what became of a tree: conditions taken as if each arm could be the one
    that takes longest."""
    return Certificate(region_span(region, seconds), critical_path(order, seconds))


def region_span(region: Region | None, seconds: Mapping[str, float]) -> float:
    """Seconds of a region at most."""
    match region:
        case None:
            return 0.0
        case Do(node=node):
            return seconds[node]
        case Choose(arms=arms):
            return max(region_span(arm.body, seconds) for arm in arms)
        case Outline(body=body):
            return region_span(body, seconds)
        case Seq(parts=parts) | Fused(parts=parts):
            return sum(region_span(part, seconds) for part in parts)
        case Fork(parts=parts):
            return max(region_span(part, seconds) for part in parts)


def span(tree: Tree | None, seconds: Mapping[str, float]) -> float:
    """Seconds from start to end with nothing in short supply. Takes a tree of any depth."""
    if tree is None:
        return 0.0
    made: list[float] = []
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        part, ready = stack.pop()
        if isinstance(part, Leaf):
            made.append(seconds[part.node])
        elif not ready:
            stack.append((part, True))
            stack.extend((inner, False) for inner in part.parts)
        else:
            count = len(part.parts)
            inner_spans = made[-count:]
            del made[-count:]
            made.append(sum(inner_spans) if isinstance(part, Series) else max(inner_spans))
    return made[0]


def critical_path(order: Poset, seconds: Mapping[str, float]) -> float:
    """Seconds of the longest path, which no schedule beats."""
    heads: list[float] = []
    for name, direct in zip(order.nodes, covers(order), strict=True):
        heads.append(max((heads[other] for other in direct), default=0.0) + seconds[name])
    return max(heads, default=0.0)
