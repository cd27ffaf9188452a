"""What the branches make possible: values that meet, readers of skipped nodes, dead nodes.

These are warnings: such a graph has a meaning, only perhaps not the one its author has in mind.
"""

from collections.abc import Iterator

from weft.compiler.diagnostics import diagnose
from weft.compiler.lower.activation import Wiring, edge_live
from weft.compiler.schedule.conditions import Conditions
from weft.domain.errors import Diagnostic
from weft.expressions.ast import Call, Expr, RefKind
from weft.expressions.references import references, walk
from weft.ir.flow import Flow, FlowNode
from weft.ir.walk import expressions


def check_liveness(conditions: Conditions) -> Iterator[Diagnostic]:
    """Warnings about a graph that is otherwise in order."""
    flow, wiring = conditions.flow, conditions.wiring
    for node in flow.nodes.values():
        if conditions.fired(node.id) is False:
            message = f"{node.id} waits for branches that exclude each other"
            yield diagnose("W2009", message, node=node.id, hint="check what it joins")
            continue
        yield from _meetings(node, conditions, wiring)
        yield from _absent(flow, node, conditions)


def _meetings(node: FlowNode, conditions: Conditions, wiring: Wiring) -> Iterator[Diagnostic]:
    """Two live edges into a port that takes one value: the first in order wins."""
    for port in node.inputs:
        edges = wiring.into(node.id, port.name)
        if port.many or len(edges) < 2:
            continue
        lives = [edge_live(wiring, edge, conditions) for edge in edges]
        for index, live in enumerate(lives):
            if any(conditions.diagrams.both(live, other) is not False for other in lives[:index]):
                first, second = edges[0].source, edges[index].source
                yield diagnose(
                    "W2008",
                    f"{second} and an edge before it; {node.id} then gets {first}'s value",
                    node=node.id,
                    port=port.name,
                    hint="put a merge node before it, or read the values by name",
                )
                break


def _absent(flow: Flow, node: FlowNode, conditions: Conditions) -> Iterator[Diagnostic]:
    """A reader that may fire when what it reads was skipped, and gives no default."""
    fired = conditions.fired(node.id)
    read = {
        ref.name
        for expr in expressions(node.op)
        if not _has_fallback(expr)
        for ref in references(expr)
        if ref.kind is RefKind.NODE
    }
    for name in sorted(read):
        other = flow.nodes.get(name)
        if other is None or other.scope != node.scope:
            continue
        if not conditions.diagrams.implies(fired, conditions.fired(name)):
            yield diagnose(
                "W2023",
                f"{node.id} can run when {name} does not, and then reads null",
                node=node.id,
                hint=f"write default({name}.output, …) where that matters",
            )


def _has_fallback(expr: Expr) -> bool:
    """What is given a default is read on purpose where it may be absent."""
    return any(isinstance(part, Call) and part.function == "default" for part in walk(expr))
