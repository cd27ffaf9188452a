"""`sequence`: one state per node, one after the other in topological order, each with its guard."""

from collections.abc import Sequence

from weft.compiler.baselines.guards import by_scope, guarded, one_after_the_other
from weft.compiler.lower.program import Program
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.regions import Region


def sequence(program: Program, conditions: Conditions) -> dict[str, Region | None]:
    """The regions of a program whose nodes all have states."""
    return by_scope(program, conditions, _in_turn)


def _in_turn(program: Program, conditions: Conditions, members: Sequence[str]) -> Region:
    return one_after_the_other([guarded(conditions, name) for name in members])
