"""Random partial orders with fixed seeds: the shapes that schedules are measured on."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from weft.compiler.schedule.poset import Poset, closed

SIGMA: Final = 0.8  # of the logarithm of a duration around its class mean

# Seconds and share of nodes: code, HTTP, language models, agents.
_SKEWED: Final = ((0.15, 0.35), (0.6, 0.45), (8.0, 0.15), (30.0, 0.05))


@dataclass(frozen=True, slots=True)
class Timed:
    """An order and what its nodes are expected to take, in seconds."""

    order: Poset
    seconds: Mapping[str, float]


def grown(chance: random.Random, size: int) -> Poset:
    """As people draw: follow an end, split it, join two ends, now and then a cross edge."""
    sources: list[set[int]] = [set()]
    ends = [0]
    while len(sources) < size:
        step, new = chance.random(), len(sources)
        if step < 0.1:
            first, second = sorted(chance.choices(range(new), k=2))
            if first < second:
                sources[second].add(first)
            continue
        if step < 0.3 and len(ends) > 1:
            joined = chance.sample(ends, 2)
            sources.append(set(joined))
            ends = [end for end in ends if end not in joined]
            ends.append(new)
        else:
            end = ends.pop(chance.randrange(len(ends)))
            count = 2 if step < 0.55 and new + 1 < size else 1
            sources.extend({end} for _ in range(count))
            ends.extend(range(new, new + count))
    return _named(sources)


def layered(chance: random.Random, size: int) -> Poset:
    """Layers of one to five nodes; each node waits for one to three of the layer before."""
    sources: list[set[int]] = []
    last: list[int] = []
    while len(sources) < size:
        width = min(chance.randint(1, 5), size - len(sources))
        layer = list(range(len(sources), len(sources) + width))
        for _ in layer:
            count = min(len(last), chance.randint(1, 3))
            sources.append(set(chance.sample(last, count)))
        last = layer
    return _named(sources)


def erdos_renyi(chance: random.Random, size: int) -> Poset:
    """Every pair is an edge with the same chance, two edges a node on average."""
    share = min(1.0, 4 / max(1, size - 1))
    sources: list[set[int]] = []
    for index in range(size):
        sources.append({other for other in range(index) if chance.random() < share})
    return _named(sources)


def stencil(_: random.Random, size: int) -> Poset:
    """Steps of a grid, each cell after its neighbours of the step before: the hardest family."""
    width = max(2, math.isqrt(size))
    sources: list[set[int]] = []
    for index in range(size):
        row, column = divmod(index, width)
        near = range(max(0, column - 1), min(width, column + 2))
        sources.append({(row - 1) * width + other for other in near} if row else set())
    return _named(sources)


Family = Callable[[random.Random, int], Poset]

FAMILIES: Final[Mapping[str, Family]] = {
    "n8n-like": grown,
    "layered": layered,
    "Erdős–Rényi": erdos_renyi,
    "stencil": stencil,
}


def skewed(chance: random.Random, order: Poset) -> Timed:
    """Each node of a random class, as workflows mix them."""
    classes, shares = zip(*_SKEWED, strict=True)
    drawn = chance.choices(classes, shares, k=len(order.nodes))
    return Timed(order, dict(zip(order.nodes, drawn, strict=True)))


def equal(order: Poset) -> Timed:
    """Every node takes a second."""
    return Timed(order, dict.fromkeys(order.nodes, 1.0))


def drawn(chance: random.Random, seconds: Mapping[str, float]) -> dict[str, float]:
    """What the nodes really took: lognormal around the expectation, with that mean."""
    return {
        name: mean * math.exp(chance.gauss(-SIGMA * SIGMA / 2, SIGMA))
        for name, mean in seconds.items()
    }


def _named(sources: list[set[int]]) -> Poset:
    return closed([f"n{index}" for index in range(len(sources))], sources)
