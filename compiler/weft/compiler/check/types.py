"""Node types exist, ids are unique, configs fit their type; each node gets its op."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from weft.compiler.check.draft import Draft, NodeDraft
from weft.compiler.diagnostics import diagnose
from weft.domain.errors import Diagnostic
from weft.domain.graph import Node
from weft.expressions.ast import At, Expr, Literal, Ref, RefKind
from weft.ir.ops import Case, Decide
from weft.nodekit.node_type import BoundNode, NodeType


def check_types(draft: Draft) -> Iterator[Diagnostic]:
    """Fill `draft.nodes`."""
    if not draft.doc.nodes:
        yield diagnose("W1011", "it has no nodes", hint="add a trigger and what it should start")
    for node in draft.doc.nodes:
        if node.id in draft.nodes:
            yield diagnose("W1010", f"{node.id!r} is used more than once", node=node.id)
            continue
        found = draft.catalogue.find(node.type)
        if found is None:
            yield _unknown(node, draft.catalogue.names())
            continue
        draft.nodes[node.id] = kept = NodeDraft(node, found)
        yield from _configure(kept)


def _unknown(node: Node, names: tuple[str, ...]) -> Diagnostic:
    near = get_close_matches(node.type, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`weft nodes` lists the types"
    return diagnose("W3001", f"there is no node type {node.type!r}", node=node.id, hint=hint)


def _configure(draft: NodeDraft) -> Iterator[Diagnostic]:
    try:
        draft.config = draft.type.config.model_validate(draft.node.config)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            yield _config_problem(draft, item)
        draft.outputs = () if callable(draft.type.outputs) else draft.type.outputs
        return
    draft.outputs = draft.type.output_ports(draft.config)


def _config_problem(draft: NodeDraft, item: ErrorDetails) -> Diagnostic:
    where = ".".join(str(part) for part in item["loc"]) or "config"
    message = f"{where}: {item['msg']}"
    if item["type"] == "expression":
        return diagnose("W3003", message, node=draft.node.id, port=where)
    if where == "credential" and item["type"] == "missing":
        message = f"{draft.node.name or draft.node.id} requires credentials"
        return diagnose(
            "W3010", message, node=draft.node.id, port=where, hint="choose or add a credential"
        )
    return diagnose("W3002", message, node=draft.node.id, port=where)


def lower_nodes(draft: Draft) -> Iterator[Diagnostic]:
    """Give every node with a valid config its op; runs once edges are known."""
    for item in draft.nodes.values():
        if item.config is None:
            continue
        if item.node.disabled:
            item.op = _bypass(item)
            continue
        connected = frozenset(item.connected)
        bound = BoundNode(
            item.node.id, item.config, connected, item.outputs, item.connected, draft.doc.settings
        )
        item.op = _lowered(item.type, bound)
    yield from ()


def _lowered(node_type: NodeType[Any], bound: BoundNode[Any]) -> Any:
    return node_type.lower(bound)


def _bypass(item: NodeDraft) -> Decide | None:
    """A disabled node sends its first input on, out of its first port; a trigger never fires."""
    if item.type.is_trigger:
        return None
    live = next((port for port in item.type.inputs if port.name in item.connected), None)
    value: Expr = Literal(None)
    if live is not None:
        value = Ref(RefKind.PORT, live.name)
        value = At(value, Literal(0)) if live.many else value
    # Nothing goes into the body of a loop that is switched off.
    ways = [port.name for port in item.outputs if port.name != item.type.body]
    return Decide(tuple(Case(name, Literal(True)) for name in ways[:1]), None, value)
