"""What expressions name exists and can be seen from where they stand."""

from collections.abc import Iterator
from difflib import get_close_matches

from weft.compiler.check.draft import Draft, NodeDraft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.expressions.ast import Ref, RefKind
from weft.expressions.references import references
from weft.ir.flow import TOP
from weft.ir.ops import Race
from weft.ir.walk import expressions


def check_references(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.references` with (producer, consumer) pairs lifted to a common scope."""
    for name in draft.doc.nodes:
        item = draft.nodes.get(name.id)
        if item is None or item.op is None or name.id not in draft.reachable:
            continue
        found: set[Ref] = set()
        for expr in expressions(item.op):
            found |= references(expr)
        for ref in sorted(found, key=lambda ref: (ref.kind, ref.name)):
            yield from _reference(draft, item, ref)
    _order_crossing_edges(draft)


def _reference(draft: Draft, reader: NodeDraft, ref: Ref) -> Iterator[Diagnostic]:
    at = reader.node.id
    match ref.kind:
        case RefKind.NODE:
            yield from _node(draft, at, ref.name)
        case RefKind.LOOP if draft.loop_around(at) == TOP and not reader.heads:
            message = f"{at} reads loop.{ref.name}"
            yield diagnose("W2024", message, node=at, hint="only nodes in a loop body can")
        case RefKind.VARIABLE if ref.name not in draft.doc.variables:
            message = f"there is no variable {ref.name!r}"
            yield diagnose("W2025", message, node=at, hint="add it to the workflow's variables")
        case RefKind.PORT if all(port.name != ref.name for port in reader.type.inputs):
            names = ", ".join(port.name for port in reader.type.inputs) or "no inputs"
            message = f"{at} has no input {ref.name!r}"
            yield diagnose("W2026", message, node=at, port=ref.name, hint=f"it has: {names}")
        case _:
            pass


def _node(draft: Draft, reader: str, name: str) -> Iterator[Diagnostic]:
    if name not in draft.nodes:
        if any(node.id == name for node in draft.doc.nodes):
            return  # of unknown type, which is reported there
        near = get_close_matches(name, draft.nodes, n=1)
        hint = f"did you mean {near[0]!r}?" if near else None
        yield diagnose("W2020", f"there is no node {name!r}", node=reader, hint=hint)
        return
    if name == reader:
        yield diagnose("W2021", f"{reader} reads itself", node=reader)
        return
    if name not in draft.reachable:
        yield diagnose("W2027", f"{name} never runs, so {name}.output is always null", node=reader)
        return
    around = draft.ancestors(reader)
    if name in around:
        return  # the loop's item and index
    producer = name
    while (scope := draft.scope.get(producer, TOP)) not in (TOP, *around):
        if isinstance(draft.nodes[scope].op if scope in draft.nodes else None, Race):
            return  # reported with the race
        if scope not in draft.loops:
            yield diagnose(
                "W2022",
                f"{name} runs once per item of {scope}; {reader} is outside",
                node=reader,
                hint=f"read {scope}.output, the list of results",
            )
            return
        producer = scope  # what it was in the last round in which it ran
    consumer = draft.lifted(reader, scope)
    if consumer is not None:
        draft.references.add((producer, consumer))


def _order_crossing_edges(draft: Draft) -> None:
    """A body that gets a token from outside makes its loop wait for the sender."""
    for edge in draft.edges:
        source, target = draft.scope.get(edge.source, TOP), draft.scope.get(edge.target, TOP)
        if source != target and edge.source != target and edge.source in draft.reachable:
            consumer = draft.lifted(edge.target, source)
            if consumer is not None and consumer != edge.source:
                draft.references.add((edge.source, consumer))
