"""`naive-layers`: a Parallel per topological layer, a function per node.

What Kedro's deployment to Step Functions makes of a pipeline (kedro docs, "AWS Step Functions"),
with a Choice, and a Pass where it skips, around each node that may not run: Kedro has no branches.
"""

from collections.abc import Sequence

from weft.compiler.baselines.guards import by_scope, guarded, one_after_the_other
from weft.compiler.lower.program import Program
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.poset import needs
from weft.compiler.schedule.regions import Fork, Region


def naive_layers(program: Program, conditions: Conditions) -> dict[str, Region | None]:
    """The regions of a program whose nodes all have states."""
    return by_scope(program, conditions, _in_layers)


def _in_layers(program: Program, conditions: Conditions, members: Sequence[str]) -> Region:
    needed = needs(program)
    layer: dict[str, int] = {}
    for name in members:
        layer[name] = 1 + max((layer[other] for other in needed[name] if other in layer), default=0)
    layers: dict[int, list[Region]] = {}
    for name in members:
        layers.setdefault(layer[name], []).append(guarded(conditions, name))
    return one_after_the_other([Fork(tuple(layers[depth])) for depth in sorted(layers)])
