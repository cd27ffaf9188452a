"""From a document to a checked graph, through an ordered list of checks; all problems at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from weft.compiler.check.calls import check_calls
from weft.compiler.check.credentials import check_credentials
from weft.compiler.check.draft import Callee, Draft, Looked, Workflows
from weft.compiler.check.flow_nodes import flow_node
from weft.compiler.check.liveness import check_liveness
from weft.compiler.check.loops import check_loops, cut_disabled_bodies
from weft.compiler.check.natural_loops import check_natural_loops
from weft.compiler.check.order import check_order
from weft.compiler.check.ports import check_error_branches, check_required, resolve_edges
from weft.compiler.check.races import check_race_reads, check_races
from weft.compiler.check.reach import check_reach
from weft.compiler.check.references import check_references
from weft.compiler.check.runner_expressions import place_in_runner
from weft.compiler.check.secrets import check_secrets
from weft.compiler.check.types import check_types, lower_nodes
from weft.compiler.diagnostics import errors
from weft.compiler.schedule.conditions import Conditions
from weft.domain.errors import CompileError, Diagnostic
from weft.domain.graph import GraphDoc
from weft.ir.flow import TOP, Flow, FlowNode
from weft.ir.ops import Repeat, Result, Start
from weft.ir.ports import Kind
from weft.nodekit.catalogue import Catalogue
from weft.nodekit.node_type import DeclaredInput

NO_WORKFLOWS: Final[Mapping[str, GraphDoc]] = MappingProxyType({})
Check: TypeAlias = Callable[[Draft], Iterator[Diagnostic]]

CHECKS: Final[tuple[Check, ...]] = (
    check_secrets,
    check_types,
    resolve_edges,
    check_required,
    check_error_branches,
    lower_nodes,
    place_in_runner,
    check_calls,
    check_credentials,
    cut_disabled_bodies,
    check_reach,
    check_loops,
    check_natural_loops,
    check_races,
    check_race_reads,
    check_references,
    check_order,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """A graph with everything found; `conditions` of its nodes are None when an error was."""

    conditions: Conditions | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def flow(self) -> Flow | None:
        """The checked graph; None when an error was found."""
        return None if self.conditions is None else self.conditions.flow


def examine(
    doc: GraphDoc,
    catalogue: Catalogue,
    credentials: Mapping[str, str] | None = None,
    workflows: Mapping[str, GraphDoc] = NO_WORKFLOWS,
) -> Examined:
    """Run every check. `credentials` maps the ids that exist to their types; None: not checked.

    `workflows`: those that can be called, by reference (`Call.reference`).
    """

    def callee(found: GraphDoc, inside: Workflows) -> Looked:
        draft, examined = _examined(Draft(found, catalogue, credentials, inside))
        if examined.flow is None:
            return tuple(errors(draft.problems))
        return _callee(draft, examined.flow)

    around = (doc.id,) if doc.id else ()
    known = Workflows(workflows, callee, around)
    return _examined(Draft(doc, catalogue, credentials, known))[1]


def _examined(draft: Draft) -> tuple[Draft, Examined]:
    for check_one in CHECKS:
        draft.add(check_one(draft))
    conditions = None
    if not errors(draft.problems):
        conditions = Conditions(_flow(draft))
        draft.add(check_liveness(conditions))
    return draft, Examined(conditions, tuple(dict.fromkeys(draft.problems)))


def _callee(draft: Draft, flow: Flow) -> Callee:
    """A graph as calls see it: they start its first trigger by hand, and give what the nodes that
    this leads to declare."""
    starts = (n.id for n in draft.doc.nodes if n.id in flow.nodes)
    start = next((name for name in starts if _is_callable(flow.nodes[name])), None)
    ahead = set() if start is None else flow.reached(start)
    declaring = [
        item
        for name, item in draft.nodes.items()
        if name in ahead and item.type.declares and item.config and not item.node.disabled
    ]
    if not declaring:
        return Callee(flow, start, None)
    declared: dict[str, DeclaredInput] = {}
    for item in declaring:
        assert item.type.declares is not None
        for one in item.type.declares(item.config):
            held = declared.setdefault(one.name, one)
            kind = one.kind if held.kind is Kind.ANY else held.kind
            declared[one.name] = DeclaredInput(one.name, kind, held.required or one.required)
    return Callee(flow, start, tuple(declared.values()))


def _is_callable(node: FlowNode) -> bool:
    return isinstance(node.op, Start) and node.op.callable


def check(
    doc: GraphDoc,
    catalogue: Catalogue,
    credentials: Mapping[str, str] | None = None,
    workflows: Mapping[str, GraphDoc] = NO_WORKFLOWS,
) -> Flow:
    """The checked graph. Raises `CompileError` with all diagnostics when one is an error."""
    examined = examine(doc, catalogue, credentials, workflows)
    if examined.flow is None:
        raise CompileError(examined.diagnostics)
    return examined.flow


def _flow(draft: Draft) -> Flow:
    nodes = {name: flow_node(draft, name) for name in draft.order}
    edges = tuple(edge for edge in draft.edges if edge.source in nodes and edge.target in nodes)
    return Flow(
        nodes=nodes,
        edges=edges,
        references=frozenset(draft.references),
        results=_results(nodes, {edge.source for edge in edges}),
        variables=dict(draft.doc.variables),
        settings=draft.doc.settings,
        name=draft.doc.name,
        calls={name: flow for name, flow in draft.calls.items() if name in nodes},
    )


def _results(nodes: Mapping[str, FlowNode], sources: set[str]) -> tuple[str, ...]:
    """The named results, or every sink outside loops where none is named (semantics §4.8)."""
    top = [n for n in nodes.values() if n.scope == TOP and not isinstance(n.op, Repeat)]
    named = [node.id for node in top if isinstance(node.op, Result) and not node.op.response]
    return tuple(named or [node.id for node in top if node.id not in sources])
