"""A region as one Express machine: how long it takes, how large it is and what it reads."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from weft.asl.limits import EXPRESS_SECONDS
from weft.compiler.schedule.loads import Time

# A region must end well within what an Express execution may take, 999 times of 1,000.
_SECONDS: Final = EXPRESS_SECONDS * 0.8
_NODES: Final = 400  # a machine of so many is far from the limit of its definition


@dataclass(frozen=True, slots=True)
class Load:
    """A region as one machine. `states` are the transitions it is expected to take inline."""

    states: float
    time: Time
    nodes: int
    reads: "Counter[str]"
    own: frozenset[str]  # facts of its nodes
    calls: bool = False  # whether something in it can fail
    once: bool = False  # whether something in it may not be repeated

    @property
    def bounded(self) -> bool:
        """Whether an Express machine may be so long and so large. With more in it, no less so."""
        return self.time.high <= _SECONDS and self.nodes <= _NODES

    def then(self, other: "Load") -> "Load | None":
        """Both in turn; None where the second could fail after what may not be repeated."""
        if self.once and other.calls:
            return None
        return self.with_(other, self.time.then(other.time))

    def beside(self, other: "Load") -> "Load | None":
        """Both at the same time; None where one could fail beside what may not be repeated."""
        if (self.once and other.calls) or (other.once and self.calls):
            return None
        return self.with_(other, self.time.beside(other.time))

    def with_(self, other: "Load", time: Time) -> "Load":
        """Both, which take so long together."""
        return Load(
            self.states + other.states, time, self.nodes + other.nodes,
            self.reads + other.reads, self.own | other.own,
            self.calls or other.calls, self.once or other.once,
        )  # fmt: skip


NOTHING = Load(0, Time(), 0, Counter(), frozenset())
BESIDE = replace(NOTHING, states=1)


def growing(
    loads: Sequence[Load | None], end: int, least: int
) -> Iterator[tuple[int, float, float, float]]:
    """Consecutive parts up to `end` as one machine, from the last to the front, while they may be
    one, as `Load.then` has it: where each run begins, but not before `least`, its states, and the
    mean and the 99.9th percentile of its seconds. In plain variables: long sequences are asked
    for a hundred runs at each place.
    """
    states, mean, square, nodes, calls = 0.0, 0.0, 0.0, 0, False
    for begin in range(end - 1, least - 1, -1):
        first = loads[begin]
        if first is None or (first.once and calls):
            return
        states += first.states
        mean += first.time.mean
        square += first.time.square
        nodes += first.nodes
        calls = calls or first.calls
        high = mean + math.sqrt(square)
        if nodes > _NODES or high > _SECONDS:
            return
        yield begin, states, mean, high
