"""Edges name nodes and ports that exist; what is connected fits; what must be connected is."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from weft.compiler.check.draft import Draft, NodeDraft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.domain.graph import Edge
from weft.ir.flow import FlowEdge
from weft.ir.ops import ERROR_PORT
from weft.ir.ports import Kind, Port


@dataclass(frozen=True, slots=True)
class _Ends:
    source: Port
    target: Port


def resolve_edges(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.edges` in canonical order and note which inputs are connected."""
    found: list[tuple[tuple[str, int, int, int], FlowEdge]] = []
    seen: set[FlowEdge] = set()
    for position, edge in enumerate(draft.doc.edges):
        source, target = draft.nodes.get(edge.source), draft.nodes.get(edge.target)
        if source is None or target is None:
            yield from _missing_ends(draft, edge)
            continue
        if target.type.is_trigger:
            yield diagnose("W2004", f"{edge.source} → {edge.target}", node=edge.target)
            continue
        ends = yield from _ports(edge, source, target)
        if ends is None:
            continue
        resolved = FlowEdge(edge.source, ends.source.name, edge.target, ends.target.name)
        if resolved in seen:
            yield diagnose("W2007", _drawn(resolved), node=edge.target, port=resolved.target_port)
            continue
        seen.add(resolved)
        yield from _fits(resolved, ends)
        target.connected[ends.target.name] += 1
        index = target.type.inputs.index(ends.target)
        found.append(((edge.target, index, edge.order, position), resolved))
    draft.edges = [edge for _, edge in sorted(found, key=lambda item: item[0])]


def _missing_ends(draft: Draft, edge: Edge) -> Iterator[Diagnostic]:
    known = {node.id for node in draft.doc.nodes}
    for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
        if end not in known:  # a node of unknown type has its own diagnostic
            message = f"{edge.source} → {edge.target}: there is no {end!r}"
            yield diagnose("W2001", message, node=other if other in known else None)


def _ports(
    edge: Edge, source: NodeDraft, target: NodeDraft
) -> Generator[Diagnostic, None, _Ends | None]:
    """The two ports of an edge; generator's return value, None when either is wrong."""
    if source.config is None and callable(source.type.outputs):
        return None  # its ports depend on a config that is broken, and reported
    outputs = source.outputs
    if edge.source_port == ERROR_PORT and all(port.name != ERROR_PORT for port in outputs):
        if not source.type.can_fail:
            yield diagnose(
                "W2032",
                f"{edge.source} ({source.type.name}) is computed by the host and cannot fail",
                node=edge.source,
                port=ERROR_PORT,
                hint="remove the edge",
            )
            return None
        source.branches_on_error = True
        out: Port | None = Port(ERROR_PORT, Kind.OBJECT)
    else:
        out = yield from _port(edge.source, edge.source_port, outputs, "output")
    into = yield from _port(edge.target, edge.target_port, target.type.inputs, "input")
    if out is None or into is None:
        return None
    return _Ends(out, into)


def _port(
    node: str, name: str | None, ports: tuple[Port, ...], side: str
) -> Generator[Diagnostic, None, Port | None]:
    names = ", ".join(port.name for port in ports) or "none"
    if name is None:
        if len(ports) == 1:
            return ports[0]
        message = f"{node} has the {side}s {names}"
        yield diagnose("W2003", message, node=node, hint=f"name the {side} port on the edge")
        return None
    for port in ports:
        if port.name == name:
            return port
    yield diagnose(
        "W2002", f"{node} has no {side} {name!r}", node=node, port=name, hint=f"it has: {names}"
    )
    return None


def _fits(edge: FlowEdge, ends: _Ends) -> Iterator[Diagnostic]:
    if ends.target.kind.accepts(ends.source.kind):
        return
    yield diagnose(
        "W2006",
        f"{_drawn(edge)}: {ends.source.kind.value} into {ends.target.kind.value}",
        node=edge.target,
        port=edge.target_port,
        hint="convert the value in between",
    )


def _drawn(edge: FlowEdge) -> str:
    return f"{edge.source}.{edge.source_port} → {edge.target}.{edge.target_port}"


def check_error_branches(draft: Draft) -> Iterator[Diagnostic]:
    """A node that promises an error branch has one."""
    for name, item in draft.nodes.items():
        if item.node.on_error == "branch" and not item.branches_on_error:
            yield diagnose(
                "W2033",
                f"an error of {name} fails the run",
                node=name,
                port=ERROR_PORT,
                hint=f"connect {name}.{ERROR_PORT}",
            )


def check_required(draft: Draft) -> Iterator[Diagnostic]:
    """Required inputs are connected."""
    for item in draft.nodes.values():
        for port in item.type.inputs:
            if port.required and port.name not in item.connected and not item.node.disabled:
                yield diagnose(
                    "W2005",
                    f"{item.node.id} needs {port.name!r}",
                    node=item.node.id,
                    port=port.name,
                )
