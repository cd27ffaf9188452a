"""What a person may choose about compiling; none of it changes what a workflow computes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from weft.compiler.cost.prices import DEFAULT_REGION


class Lowering(StrEnum):
    """How states are made of a graph: ours, or a baseline to compare it with."""

    OPTIMAL = "optimal"
    STATE_PER_NODE = "state-per-node"  # ours without optimisation
    NAIVE_LAYERS = "naive-layers"  # a Parallel per topological layer, a function per node
    SEQUENCE = "sequence"  # one node after the other
    HANDWRITTEN = "handwritten"  # a state per node that runs, in a perfect structure


class Policy(StrEnum):
    """Where regions run (design §6.10). Express regions cost less and cannot be redriven alone."""

    DURABLE = "durable"  # Standard only
    BALANCED = "balanced"  # the run is Standard; regions that may be repeated are Express
    CHEAPEST = "cheapest"  # whatever costs least


MOST_FUTURES: Final = 16  # of one graph


@dataclass(frozen=True, slots=True)
class Limits:
    """What one machine may have before parts of it become machines of their own.

    Some way below what Step Functions takes: 1 MB of definition, 25,000 events of history.
    """

    definition: int = 850_000  # characters
    events: int = 20_000  # in the longest run


@dataclass(frozen=True, slots=True)
class Options:
    """How to compile. `native`: calls that Step Functions can make itself need no
    runner. `fuse`: one call of a runner may run several steps. `region`: whose prices count.
    `futures`: at most so many dependencies become futures (`schedule/futures.py`), each where that
    saves more time than its price is worth."""

    lowering: Lowering = Lowering.OPTIMAL
    policy: Policy = Policy.BALANCED
    native: bool = True
    fuse: bool = True
    region: str = DEFAULT_REGION
    limits: Limits = Limits()
    futures: int = 0

    @property
    def optimised(self) -> bool:
        """Whether passes run and nodes without an effect go without a state."""
        return self.lowering is Lowering.OPTIMAL


def lowered(lowering: Lowering) -> Options:
    """Options to compile in a way: only ours has Express regions, only it and an expert's has calls
    that the host makes."""
    if lowering is Lowering.OPTIMAL:
        return OPTIMAL
    native = lowering is Lowering.HANDWRITTEN
    return Options(lowering, Policy.DURABLE, native=native, fuse=False)


OPTIMAL = Options()
UNOPTIMISED = lowered(Lowering.STATE_PER_NODE)
