"""How long a tree takes, against the least that its order allows."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from weft.compiler.options import MOST_FUTURES
from weft.compiler.schedule.poset import Poset, covers
from weft.compiler.schedule.regions import Choose, Do, Fork, Fused, Outline, Region, Seq
from weft.compiler.schedule.tree import Await, Leaf, Parallel, Series, Tell, Tree
from weft.domain.errors import Bug

LATENCY: Final = 0.06  # seconds; two calls of a service from a state, 30 ms each


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
    """Seconds of a region at most; what is awaited has been told by then."""
    return latest(region, seconds, LATENCY) if region is not None else 0.0


def latest(part: Tree | Region, seconds: Mapping[str, float], latency: float) -> float:
    """When a tree or a region with futures ends. `latency`: seconds to tell one, and to hear it."""
    told: dict[str, float] = {}
    for _ in range(MOST_FUTURES + 2):
        heard: dict[str, float] = {}
        end = _ended(part, 0.0, seconds, _Talk(told, heard, latency, latency))
        if heard == told:
            return end
        told = heard
    raise Bug("branches wait for each other")


def acyclic(part: Tree | Region) -> bool:
    """Whether no future is awaited, by whatever way, before it can be told."""
    told: dict[str, float] = {}
    nothing: Mapping[str, float] = defaultdict(float)
    for _ in range(MOST_FUTURES + 2):  # each way through the futures counts those on it
        heard: dict[str, float] = {}
        _ended(part, 0.0, nothing, _Talk(told, heard, 0.0, 1.0))
        if heard == told:
            return True
        told = heard
    return False


@dataclass(frozen=True, slots=True)
class _Talk:
    told: Mapping[str, float]  # when each future was told, as far as is known
    heard: dict[str, float]  # the same, found anew
    telling: float
    hearing: float


def _ended(part: Tree | Region, start: float, seconds: Mapping[str, float], talk: _Talk) -> float:
    match part:
        case Do(node=node) | Leaf(node=node):
            return start + seconds[node]
        case Tell(future=future):
            talk.heard[future.name] = start + talk.telling
            return start + talk.telling
        case Await(future=future):
            return max(start, talk.told.get(future.name, 0.0)) + talk.hearing
        case Choose(arms=arms):
            return max(_ended(arm.body, start, seconds, talk) for arm in arms)
        case Outline(body=body):
            return _ended(body, start, seconds, talk)
        case Seq(parts=parts) | Fused(parts=parts) | Series(parts=parts):
            for inner in parts:
                start = _ended(inner, start, seconds, talk)
            return start
        case Fork(parts=parts) | Parallel(parts=parts):
            return max(_ended(inner, start, seconds, talk) for inner in parts)
    assert_never(part)


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
        elif isinstance(part, Tell | Await):
            made.append(0.0)
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
