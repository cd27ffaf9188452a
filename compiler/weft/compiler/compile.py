"""The pipeline on one screen: parse → check → lower → optimise → schedule → emit."""

from collections.abc import Mapping
from typing import Any

from weft.asl.limits import MAX_DEFINITION
from weft.asl.printer import compact
from weft.compiler.artefact import Artefact
from weft.compiler.check.check import examine
from weft.compiler.diagnostics import diagnose
from weft.compiler.emit.emit import emit, waits
from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program
from weft.compiler.optimise import optimise
from weft.compiler.options import OPTIMAL, Options
from weft.compiler.parse import parse
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.structure import schedule
from weft.domain.errors import CompileError
from weft.domain.graph import GraphDoc
from weft.ir.flow import Flow
from weft.ir.ops import Invoke, Start
from weft.nodekit.catalogue import Catalogue

COMPILER_VERSION = 1


def compile_workflow(
    source: GraphDoc | bytes | str | Mapping[str, Any],
    catalogue: Catalogue,
    *,
    credentials: Mapping[str, str] | None = None,
    options: Options = OPTIMAL,
) -> Artefact:
    """Compile a graph document. Raises `CompileError` with every problem found.

    `credentials` maps the ids that exist to their types; None: they are not checked.
    """
    doc = source if isinstance(source, GraphDoc) else parse(source)
    examined = examine(doc, catalogue, credentials)
    if examined.flow is None:
        raise CompileError(examined.diagnostics)
    conditions = Conditions(examined.flow)
    program = lower(examined.flow, conditions.settled(), states_for_all=not options.optimised)
    if options.optimised:
        program = optimise(program)
    definition, states = emit(program, schedule(program, conditions), conditions)
    size = len(compact(definition))
    if size > MAX_DEFINITION:
        message = f"{size} characters; Step Functions takes {MAX_DEFINITION}"
        hint = "move a part of the graph into a workflow of its own"
        raise CompileError([*examined.diagnostics, diagnose("W4001", message, hint=hint)])
    return Artefact(
        definition=definition,
        source_map={"states": states},
        manifest=_manifest(program, states),
        flow=examined.flow,
        diagnostics=examined.diagnostics,
    )


def _manifest(program: Program, states: Mapping[str, Any]) -> dict[str, Any]:
    flow = program.flow
    calls = {n.id: n.op for n in flow.nodes.values() if isinstance(n.op, Invoke)}
    return {
        "compiler": COMPILER_VERSION,
        "triggers": {n.id: n.type for n in flow.nodes.values() if isinstance(n.op, Start)},
        "groups": sorted({op.group for op in calls.values()}),
        "credentials": {name: op.credential for name, op in calls.items() if op.credential},
        "active_timeout_seconds": flow.settings.timeout_seconds,
        "waits": waits(program),
        "states": len(states),
        "nodes": len(flow.nodes),
    }


def flow_of(doc: GraphDoc, catalogue: Catalogue) -> Flow:
    """The checked graph of a stored document, which was valid when it was published."""
    examined = examine(doc, catalogue)
    if examined.flow is None:
        raise CompileError(examined.diagnostics)
    return examined.flow
