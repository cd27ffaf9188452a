"""How long a tree takes, against the least that its order allows."""

from collections.abc import Mapping
from dataclasses import dataclass

from weft.compiler.schedule.poset import Poset, covers
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


def certificate(order: Poset, tree: Tree | None, seconds: Mapping[str, float]) -> Certificate:
    """The certificate of a tree for given seconds per node."""
    return Certificate(span(tree, seconds), critical_path(order, seconds))


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
