"""From a document to a checked graph, through an ordered list of checks; all problems at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from weft.compiler.check.credentials import check_credentials
from weft.compiler.check.draft import Draft, NodeDraft
from weft.compiler.check.liveness import check_liveness
from weft.compiler.check.loops import check_loops, cut_disabled_bodies
from weft.compiler.check.order import check_order
from weft.compiler.check.ports import check_error_branches, check_required, resolve_edges
from weft.compiler.check.reach import check_reach
from weft.compiler.check.references import check_references
from weft.compiler.check.runner_expressions import place_in_runner
from weft.compiler.check.secrets import check_secrets
from weft.compiler.check.types import check_types, lower_nodes
from weft.compiler.diagnostics import errors
from weft.domain.errors import Bug, CompileError, Diagnostic
from weft.domain.graph import GraphDoc, Node, Retry
from weft.expressions.ast import Expr, Get, Ref, RefKind
from weft.expressions.references import references, substitute
from weft.ir.flow import TOP, Flow, FlowNode, OnError
from weft.ir.ops import Result
from weft.ir.ports import Join
from weft.ir.walk import rewrite
from weft.nodekit.catalogue import Catalogue

Check: TypeAlias = Callable[[Draft], Iterator[Diagnostic]]

CHECKS: Final[tuple[Check, ...]] = (
    check_secrets,
    check_types,
    resolve_edges,
    check_required,
    check_error_branches,
    lower_nodes,
    place_in_runner,
    check_credentials,
    cut_disabled_bodies,
    check_reach,
    check_loops,
    check_references,
    check_order,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """A graph with everything found; `flow` is None when an error was."""

    flow: Flow | None
    diagnostics: tuple[Diagnostic, ...]


def examine(
    doc: GraphDoc, catalogue: Catalogue, credentials: Mapping[str, str] | None = None
) -> Examined:
    """Run every check. `credentials` maps the ids that exist to their types; None: not checked."""
    draft = Draft(doc, catalogue, credentials)
    for check_one in CHECKS:
        draft.add(check_one(draft))
    if errors(draft.problems):
        return Examined(None, tuple(dict.fromkeys(draft.problems)))
    flow = _flow(draft)
    draft.add(check_liveness(flow))
    return Examined(flow, tuple(dict.fromkeys(draft.problems)))


def check(
    doc: GraphDoc, catalogue: Catalogue, credentials: Mapping[str, str] | None = None
) -> Flow:
    """The checked graph. Raises `CompileError` with all diagnostics when one is an error."""
    examined = examine(doc, catalogue, credentials)
    if examined.flow is None:
        raise CompileError(examined.diagnostics)
    return examined.flow


def _flow(draft: Draft) -> Flow:
    nodes = {name: _node(draft, draft.nodes[name]) for name in draft.order}
    edges = tuple(edge for edge in draft.edges if edge.source in nodes and edge.target in nodes)
    return Flow(
        nodes=nodes,
        edges=edges,
        references=frozenset(draft.references),
        results=_results(nodes, {edge.source for edge in edges}),
        variables=dict(draft.doc.variables),
        settings=draft.doc.settings,
        name=draft.doc.name,
    )


def _results(nodes: Mapping[str, FlowNode], sources: set[str]) -> tuple[str, ...]:
    """The named results, or every sink outside loops where none is named (semantics §4.8)."""
    top = [node for node in nodes.values() if node.scope == TOP]
    named = [node.id for node in top if isinstance(node.op, Result) and not node.op.response]
    return tuple(named or [node.id for node in top if node.id not in sources])


def _node(draft: Draft, item: NodeDraft) -> FlowNode:
    node, settings = item.node, draft.doc.settings
    if item.op is None or item.config is None:
        raise Bug(f"{node.id} passed the checks without an operation")
    retry = node.retry or Retry(
        max_retries=settings.max_retries,
        interval_seconds=settings.retry_interval_seconds,
        max_delay_seconds=settings.retry_max_delay_seconds,
    )
    scope = draft.scope.get(node.id, TOP)
    return FlowNode(
        id=node.id,
        op=rewrite(item.op, lambda expr: _name_loop(expr, scope)),
        inputs=item.type.inputs,
        outputs=item.outputs,
        join=Join.ANY_PORT if node.disabled else item.type.join_rule(item.config),
        scope=scope,
        on_error=_on_error(item),
        on_error_value=node.on_error_value,
        retry=retry,
        timeout_seconds=_timeout(node, settings.node_timeout_seconds),
        name=node.name,
        type=item.type.name,
    )


def _on_error(item: NodeDraft) -> OnError:
    """An error goes where an edge takes it; a branch without one handles nothing."""
    if item.branches_on_error:
        return OnError.BRANCH
    return OnError.CONTINUE if item.node.on_error == "continue" else OnError.FAIL


def _timeout(node: Node, default: int) -> int:
    return node.timeout_seconds or default


def _name_loop(expr: Expr, scope: str) -> Expr:
    """`loop.item` is a field of the innermost for-each, seen from inside."""
    loops = {ref: Get(Ref(RefKind.NODE, scope), ref.name) for ref in references(expr)
             if ref.kind is RefKind.LOOP}  # fmt: skip
    return substitute(expr, loops) if loops else expr
