"""Where the calls of a flow are made, by the host or by a runner, and what becomes of answers."""

from collections.abc import Iterator
from dataclasses import replace

from weft.compiler.diagnostics import diagnose
from weft.compiler.lower.claims import Claims
from weft.compiler.schedule.loads import KIB, kib_of
from weft.domain.errors import Diagnostic
from weft.ir.flow import Flow
from weft.ir.ops import Invoke, OnRunner

_SMALL = KIB["flow"]
OFF = OnRunner("calls made by the host are switched off", "compile with native calls")


def on_runners(flow: Flow) -> Flow:
    """The same flow with every call made by a runner."""
    nodes = {
        name: replace(node, op=replace(node.op, native=OFF))
        if isinstance(node.op, Invoke) and node.op.native is not None
        else node
        for name, node in flow.nodes.items()
    }
    calls = {name: on_runners(called) for name, called in flow.calls.items()}
    return replace(flow, nodes=nodes, calls=calls)


def claim_notes(flow: Flow, claims: Claims) -> Iterator[Diagnostic]:
    """Outputs that are no claims when they are large, and who keeps them from it.

    Nothing is said of kinds of steps that do not make large outputs, such as log.
    """
    for (node, port), reader in claims.kept.items():
        if kib_of(flow.nodes[node]) <= _SMALL:
            continue
        reads = flow.nodes[reader].drawn
        yield diagnose(
            "W4015",
            f"{node}: {port!r} fails the run above 256 KiB, because an expression of {reads} "
            "reads all of it",
            node=node,
            port=port,
            hint="hand it on to a step as it is, or read single members of it",
        )


def placement_notes(flow: Flow) -> Iterator[Diagnostic]:
    """What keeps calls from being made by the host, node by node."""
    for node in flow.nodes.values():
        if isinstance(node.op, Invoke) and isinstance(node.op.native, OnRunner):
            why = node.op.native
            yield diagnose("W4010", f"{node.id}: {why.reason}", node=node.id, hint=why.hint)
