"""What every baseline does: find the scopes that need states, and test each node by itself."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from weft.compiler.lower.program import Program, symbol
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.regions import Arm, Choose, Do, Region, Seq
from weft.compiler.schedule.structure import beside
from weft.ir.flow import TOP, Flow
from weft.ir.ops import ForEach, Known, Race, Repeat, Start

# From the nodes of one scope that may fire, in topological order, to their region.
Arrange: TypeAlias = Callable[[Program, Conditions, Sequence[str]], Region]


def every_node(flow: Flow) -> frozenset[str]:
    """All nodes but triggers: what has a state where nothing is computed along the way."""
    return frozenset(n.id for n in flow.nodes.values() if not isinstance(n.op, Start | Known))


def by_scope(
    program: Program, conditions: Conditions, arrange: Arrange
) -> dict[str, Region | None]:
    """The region of every scope; None where nothing in it ever runs."""
    nodes = program.flow.nodes.values()
    scopes = [
        TOP,
        *(
            n.id
            for n in nodes
            if isinstance(n.op, ForEach | Repeat | Race) and n.id in program.stated
        ),
    ]
    found: dict[str, Region | None] = {}
    for scope in scopes:
        members = [
            node.id
            for node in nodes
            if node.scope == scope
            and node.id in program.stated
            and conditions.fired(node.id) is not False
        ]
        op = program.flow.nodes[scope].op if scope != TOP else None
        if isinstance(op, Race):
            arms = [[name for name in members if op.arms[name] == arm] for arm in op.numbers]
            found[scope] = beside([arrange(program, conditions, arm) for arm in arms if arm])
        else:
            found[scope] = arrange(program, conditions, members) if members else None
    return found


def guarded(conditions: Conditions, node: str) -> Region:
    """A node behind its own test, or alone where it always runs."""
    if conditions.fired(node) is True:
        return Do(node)
    return Choose((Arm(symbol("a", node), Do(node)),), covers=False)


def one_after_the_other(parts: Sequence[Region]) -> Region:
    """A sequence, or its only part."""
    return parts[0] if len(parts) == 1 else Seq(tuple(parts))
