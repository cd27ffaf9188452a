"""For-each bodies: which nodes run once per item, and that nothing leaks out of them."""

from collections import defaultdict
from collections.abc import Iterator

from weft.compiler.check.draft import Draft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.ir.flow import TOP, FlowEdge
from weft.ir.ops import ForEach, Race


def check_loops(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.scope`."""
    loops = {
        name: item.op
        for name, item in draft.nodes.items()
        if isinstance(item.op, ForEach) and name in draft.reachable
    }
    bodies = {name: _reached(draft, loops, name, op.item_port) for name, op in loops.items()}
    for name, op in loops.items():
        yield from _leaks(draft, loops, name, bodies)
        if not any(e.source == name and e.source_port == op.item_port for e in draft.edges):
            yield diagnose("W2012", f"{name} repeats nothing", node=name, port=op.item_port)
        elif not any(e.target == name and e.target_port == op.back_port for e in draft.edges):
            hint = f"connect the body's last node to {name}.{op.back_port} to collect results"
            yield diagnose("W2013", name, node=name, port=op.back_port, hint=hint)
    yield from _nest(draft, bodies)
    yield from _wrong_returns(draft, loops)


def cut_disabled_bodies(draft: Draft) -> Iterator[Diagnostic]:
    """Take away the edges that enter and leave the body of a disabled loop: it never runs."""
    off = {
        name
        for name, item in draft.nodes.items()
        if item.node.disabled and item.type.body is not None
    }
    draft.edges = [
        edge
        for edge in draft.edges
        if not (edge.source in off and edge.source_port == draft.nodes[edge.source].type.body)
        and not (edge.target in off and edge.target_port == "back")
    ]
    yield from ()


def _reached(draft: Draft, loops: dict[str, ForEach], loop: str, port: str) -> set[str]:
    """Nodes that a token from `loop.port` can reach without going back into a loop."""
    after = defaultdict(list)
    for edge in draft.edges:
        op = loops.get(edge.target)
        if op is None or edge.target_port != op.back_port:
            after[edge.source].append(edge)
    stack = [edge.target for edge in after[loop] if edge.source_port == port]
    found = set(stack)
    while stack:
        for edge in after[stack.pop()]:
            if edge.target not in found and edge.source != loop:
                found.add(edge.target)
                stack.append(edge.target)
    return found - {loop}


def _leaks(
    draft: Draft, loops: dict[str, ForEach], loop: str, bodies: dict[str, set[str]]
) -> Iterator[Diagnostic]:
    """A node that also runs after the loop would have to run both once and once per item."""
    ports = {port.name for port in draft.nodes[loop].outputs} - {loops[loop].item_port} | {"error"}
    for port in sorted(ports):
        both = bodies[loop] & _reached(draft, loops, loop, port)
        for name in sorted(both):
            yield diagnose(
                "W2011",
                f"{name} would run for each item of {loop} and again after it",
                node=name,
                hint=f"return to {loop}.{loops[loop].back_port} and go on from its done output",
            )


def _nest(draft: Draft, bodies: dict[str, set[str]]) -> Iterator[Diagnostic]:
    """The innermost body a node lies in; bodies must nest."""
    tangled = {a for a in bodies for b in bodies[a] & bodies.keys() if a in bodies[b]}
    for name in sorted(tangled):
        yield diagnose("W2011", f"{name} lies in a loop in its own body", node=name)
    by_size = sorted(bodies.keys() - tangled, key=lambda name: (len(bodies[name]), name))
    for position, inner in enumerate(by_size):
        for node in bodies[inner]:
            draft.scope.setdefault(node, inner)
        for outer in by_size[position + 1 :]:
            shared = bodies[inner] & bodies[outer]
            if shared and not (bodies[inner] | {inner}) <= bodies[outer]:
                name = min(shared)
                yield diagnose("W2011", f"{name} lies in {inner} and in {outer}", node=name)


def _wrong_returns(draft: Draft, loops: dict[str, ForEach]) -> Iterator[Diagnostic]:
    for edge in draft.edges:
        op = loops.get(edge.target)
        if op and edge.target_port == op.back_port and edge.source in draft.reachable:
            scope = draft.scope.get(edge.source, TOP)
            if scope != edge.target:
                yield diagnose(
                    "W2011",
                    f"{edge.source} is not directly in the body of {edge.target}",
                    node=edge.source,
                    port=edge.source_port,
                )
        elif op and _holds(draft, edge.target, edge.source):
            yield diagnose(
                "W2011",
                f"{edge.source} leads from the body of {edge.target} to its {edge.target_port}",
                node=edge.source,
                port=edge.source_port,
                hint=f"return to {edge.target}.{op.back_port}",
            )


def _holds(draft: Draft, loop: str, node: str) -> bool:
    """Whether a node lies in a for-each's body, at any depth."""
    scope = draft.scope.get(node, TOP)
    while scope not in (TOP, loop):
        scope = draft.scope.get(scope, TOP)
    return scope == loop


def back_edge(draft: Draft, edge: FlowEdge) -> bool:
    """Whether an edge returns to the loop whose body it ends."""
    if edge.target in draft.loops or isinstance(draft.nodes[edge.target].op, Race):
        return edge.target in draft.ancestors(edge.source)
    op = draft.nodes[edge.target].op
    return isinstance(op, ForEach) and edge.target_port == op.back_port
