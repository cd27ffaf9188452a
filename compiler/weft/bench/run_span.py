"""How long a run takes in a structure, and how long it had to take: its critical path.

Ideal is what the semantics ask for: a node waits for all its in-edges, and for what it reads if
it fires, and for nothing else. States take no time but their node's own; skipped nodes take none.
"""

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from weft.compiler.plan import Plan
from weft.compiler.schedule.regions import Choose, Do, Fork, Fused, Outline, Region, Seq
from weft.compiler.schedule.tree import Await, Tell
from weft.ir.flow import TOP, Flow
from weft.ir.ops import ForEach, Repeat
from weft.semantics.answers import Activation, Path

# Seconds that an activation takes.
Durations: TypeAlias = Callable[[Activation], float]


@dataclass(slots=True)
class RunSpan:
    """One run: the activations that fired, and how many items or rounds each loop had."""

    flow: Flow
    fired: Collection[Activation]
    seconds: Durations
    _counts: dict[Activation, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node, path in self.fired:
            for depth, loop in enumerate(reversed(self._around(node)), start=0):
                at = (loop, path[:depth])
                self._counts[at] = max(self._counts.get(at, 0), path[depth] + 1)

    def _around(self, node: str) -> list[str]:
        """The loops around a node, innermost first."""
        found, scope = [], self.flow.nodes[node].scope
        while scope != TOP:
            found.append(scope)
            scope = self.flow.nodes[scope].scope
        return found

    def planned(self, plan: Plan) -> float:
        """The run's time in a plan's structure."""
        return self._region(plan.regions, plan.regions[TOP], ())

    def _region(
        self, regions: Mapping[str, Region | None], region: Region | None, path: Path
    ) -> float:
        match region:
            case None | Tell() | Await():
                return 0.0
            case Do(node=node):
                if (node, path) not in self.fired:
                    return 0.0
                return self._node(
                    node, path, lambda at: self._region(regions, regions.get(node), at)
                )
            case Fork(parts=parts):
                return max(self._region(regions, part, path) for part in parts)
            case Choose(arms=arms):
                return sum(self._region(regions, arm.body, path) for arm in arms)
            case Outline(body=body):
                return self._region(regions, body, path)
            case Seq(parts=parts) | Fused(parts=parts):
                return sum(self._region(regions, part, path) for part in parts)

    def _node(self, node: str, path: Path, body: Callable[[Path], float]) -> float:
        op = self.flow.nodes[node].op
        if not isinstance(op, ForEach | Repeat):
            return self.seconds((node, path))
        times = [body((*path, index)) for index in range(self._counts.get((node, path), 0))]
        return _together(times, op.concurrency if isinstance(op, ForEach) else 1)

    def ideal(self) -> float:
        """The time with nothing waiting for what it does not need."""
        inside: dict[str, list[str]] = {}
        for name, node in self.flow.nodes.items():
            inside.setdefault(node.scope, []).append(name)
        edges = [(edge.source, edge.target) for edge in self.flow.edges]
        return self._scope(TOP, (), _Waits(_before(edges), _before(self.flow.references)), inside)

    def _scope(
        self,
        scope: str,
        path: Path,
        waits: "_Waits",
        inside: Mapping[str, list[str]],
    ) -> float:
        ended: dict[str, float] = {}  # of this scope; what is outside has ended before
        for name in inside.get(scope, ()):
            fires = (name, path) in self.fired
            before = [*waits.edges.get(name, ()), *(waits.reads.get(name, ()) if fires else ())]
            begun, taken = max((ended.get(other, 0.0) for other in before), default=0.0), 0.0
            if fires:
                once = partial(self._scope, name, waits=waits, inside=inside)
                taken = self._node(name, path, once)
            ended[name] = begun + taken
        return max(ended.values(), default=0.0)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Sources by target."""

    edges: Mapping[str, list[str]]
    reads: Mapping[str, list[str]]


def _before(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, target in pairs:
        found.setdefault(target, []).append(source)
    return found


def _together(times: list[float], concurrency: int) -> float:
    """When the last item is done, at most `concurrency` at a time, in order; 0: all at once."""
    if not times or concurrency == 0:
        return max(times, default=0.0)
    free = [0.0] * min(concurrency, len(times))
    for time in times:
        heapq.heapreplace(free, free[0] + time)
    return max(free)
