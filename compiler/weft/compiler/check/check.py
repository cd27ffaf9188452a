"""From a document to a checked graph, through an ordered list of checks; all problems at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from weft.compiler.check.credentials import check_credentials
from weft.compiler.check.draft import Draft
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
from weft.ir.ops import Repeat, Result
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
    doc: GraphDoc, catalogue: Catalogue, credentials: Mapping[str, str] | None = None
) -> Examined:
    """Run every check. `credentials` maps the ids that exist to their types; None: not checked."""
    draft = Draft(doc, catalogue, credentials)
    for check_one in CHECKS:
        draft.add(check_one(draft))
    if errors(draft.problems):
        return Examined(None, tuple(dict.fromkeys(draft.problems)))
    conditions = Conditions(_flow(draft))
    draft.add(check_liveness(conditions))
    return Examined(conditions, tuple(dict.fromkeys(draft.problems)))


def check(
    doc: GraphDoc, catalogue: Catalogue, credentials: Mapping[str, str] | None = None
) -> Flow:
    """The checked graph. Raises `CompileError` with all diagnostics when one is an error."""
    examined = examine(doc, catalogue, credentials)
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
    )


def _results(nodes: Mapping[str, FlowNode], sources: set[str]) -> tuple[str, ...]:
    """The named results, or every sink outside loops where none is named (semantics §4.8)."""
    top = [n for n in nodes.values() if n.scope == TOP and not isinstance(n.op, Repeat)]
    named = [node.id for node in top if isinstance(node.op, Result) and not node.op.response]
    return tuple(named or [node.id for node in top if node.id not in sources])
