"""How long steps take and how much they give, by class, where nobody has measured them.

Means are those of the design's corpus. A step's time is taken as lognormal with sigma 0.8, whose
99.9th percentile is 8.6 means; its time limit bounds it. Steps are independent of each other, so
of those that follow one another the means add and the excesses over the mean add as squares.
"""

import math
from dataclasses import dataclass
from typing import Final

from weft.expressions.ast import Literal
from weft.ir.flow import FlowNode
from weft.ir.ops import ForEach, Invoke, Require, Sleep

SECONDS: Final = {"net": 0.6, "ai": 8.0, "code": 0.15}  # by runner group
OTHER_SECONDS: Final = 0.6
KIB: Final = {"net": 32, "ai": 16, "code": 16, "flow": 8}
OTHER_KIB, LOOP_KIB, ITEM_KIB, TRIGGER_KIB = 16, 48, 16, 32
ITEMS, MANY_ITEMS = 10, 100  # of a loop: expected, and what one in a thousand has
AT_ONCE: Final = 40  # iterations of an inline Map (AWS, Map state)
_EXCESS: Final = 8.6


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds: the mean, and the square of what the 99.9th percentile has over it."""

    mean: float = 0.0
    square: float = 0.0

    @property
    def high(self) -> float:
        """The 99.9th percentile."""
        return self.mean + math.sqrt(self.square)

    def then(self, other: "Time") -> "Time":
        """One after the other."""
        return Time(self.mean + other.mean, self.square + other.square)

    def beside(self, other: "Time") -> "Time":
        """At the same time, or one of the two."""
        return Time(max(self.mean, other.mean), max(self.square, other.square))


def time_of(node: FlowNode) -> Time:
    """Of one node's own work; a wait whose length is not known takes for ever."""
    match node.op:
        case Invoke(group=group):
            mean = SECONDS.get(group, OTHER_SECONDS)
            high = max(mean, min(mean * _EXCESS, node.timeout_seconds))
            return Time(mean, (high - mean) ** 2)
        case Sleep(seconds=Literal(value=int() | float() as seconds)):
            return Time(float(seconds))
        case Sleep():
            return Time(math.inf)
        case _:
            return Time()


def repeated(body: Time, loop: ForEach) -> Time:
    """A loop over a body. Of iterations at the same time the slowest counts: a high one."""
    wide = loop.concurrency or AT_ONCE
    mean = body.mean * math.ceil(ITEMS / wide)
    rounds = math.ceil(MANY_ITEMS / wide)
    one = body if wide == 1 else Time(body.high)
    high = Time(one.mean * rounds, one.square * rounds).high
    return Time(mean, max(0.0, high - mean) ** 2)


def kib_of(node: FlowNode) -> int:
    """Of the outcome of a node."""
    match node.op:
        case Invoke(group=group):
            return KIB.get(group, OTHER_KIB)
        case ForEach():
            return LOOP_KIB
        case Sleep() | Require():
            return 0
        case _:
            return OTHER_KIB
