"""The pipeline on one screen: parse → check → plan (lower, optimise, schedule) → verify → emit."""

from collections.abc import Mapping
from typing import Any

from weft.asl.limits import MAX_DEFINITION
from weft.asl.printer import compact
from weft.compiler.artefact import Artefact
from weft.compiler.check.check import NO_WORKFLOWS, check, examine
from weft.compiler.cost.futures import told as told_futures
from weft.compiler.cost.machine import machine_of
from weft.compiler.cost.prices import prices
from weft.compiler.cost.report import estimated, summary
from weft.compiler.diagnostics import diagnose
from weft.compiler.emit.emit import Emitted, emit, waits
from weft.compiler.expand import expanded
from weft.compiler.finished import NOTHING_FINISHED, with_finished
from weft.compiler.fit import fitting
from weft.compiler.lower.program import Program
from weft.compiler.options import OPTIMAL, Options
from weft.compiler.parse import parse
from weft.compiler.placement import claim_notes, on_runners, placement_notes
from weft.compiler.plan import plan
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.durations import expected_seconds
from weft.compiler.schedule.poset import needs
from weft.compiler.schedule.regions import Region, futures_in
from weft.compiler.schedule.span import certified
from weft.compiler.schedule.tiers import tiers_of
from weft.compiler.verify.path_conditions import verify_regions
from weft.domain.errors import CompileError
from weft.domain.graph import GraphDoc
from weft.ir.flow import TOP, Flow, inner_id
from weft.ir.ops import Call, Invoke, Known, NativeCall, Start
from weft.nodekit.catalogue import Catalogue

COMPILER_VERSION = 1


def compile_workflow(
    source: GraphDoc | bytes | str | Mapping[str, Any],
    catalogue: Catalogue,
    *,
    credentials: Mapping[str, str] | None = None,
    options: Options = OPTIMAL,
    finished: Mapping[str, Known] = NOTHING_FINISHED,
    workflows: Mapping[str, GraphDoc] = NO_WORKFLOWS,
) -> Artefact:
    """Compile a graph document. Raises `CompileError` with every problem found.

    `credentials` maps the ids that exist to their types; None: they are not checked.
    `finished`: what nodes came to in an earlier run; they are not run again.
    `workflows`: those that the graph and they themselves call, by reference (`Call.reference`).
    """
    doc = source if isinstance(source, GraphDoc) else parse(source)
    examined = examine(doc, catalogue, credentials, workflows)
    if examined.conditions is None:
        raise CompileError(examined.diagnostics)
    conditions = examined.conditions
    meant = conditions.flow if options.native else on_runners(conditions.flow)
    flow = expanded(meant)
    if finished:
        flow = with_finished(flow, finished)
    planned = plan(conditions if flow is conditions.flow else Conditions(flow), options)
    program, regions = planned.program, planned.regions
    made = emit(program, regions, planned.conditions, maps=options.optimised)
    if options.optimised:
        regions, made = fitting(planned, made, options.limits)
    verify_regions(program, planned.conditions, regions)
    size = max(len(compact(d)) for d in made.definitions())
    if size > MAX_DEFINITION:
        message = f"{size} characters; Step Functions takes {MAX_DEFINITION}"
        hint = "move a part of the graph into a workflow of its own"
        raise CompileError([*examined.diagnostics, diagnose("W4001", message, hint=hint)])
    machine = machine_of(program, planned.conditions, made)
    needed = needs(program)
    seconds = expected_seconds(program, needed)
    told = estimated(flow, machine, seconds, options.region)
    return Artefact(
        definition=made.definition,
        source_map={"states": made.states},
        manifest={
            **_manifest(program, made),
            "calls": called(meant),
            **tiers_of(program, regions, options.policy),
            "fused": _fused(made),
            "cost": summary(told, options.region),
            "span": certified(needed.order(TOP), regions[TOP], seconds).as_json(),
            **_futures(regions[TOP], options),
        },
        children=made.children,
        flow=flow,
        meant=flow if finished else meant,
        machine=machine,
        diagnostics=examined.diagnostics,
        notes=(*placement_notes(flow), *claim_notes(flow, made.claims)),
    )


def _manifest(program: Program, made: Emitted) -> dict[str, Any]:
    flow = program.flow
    calls = {n.id: n.op for n in flow.nodes.values() if isinstance(n.op, Invoke)}
    return {
        "compiler": COMPILER_VERSION,
        "triggers": {n.id: n.type for n in flow.nodes.values() if isinstance(n.op, Start)},
        "groups": sorted({op.group for op in calls.values() if not _by_host(op)}),
        "connections": sorted(
            {op.credential for op in calls.values() if _by_host(op) and op.credential}
        ),
        "credentials": {name: op.credential for name, op in calls.items() if op.credential},
        "active_timeout_seconds": flow.settings.timeout_seconds,
        "waits": waits(program),
        "states": len(made.states),
        "nodes": len(flow.nodes),
    }


def _futures(region: Region | None, options: Options) -> dict[str, Any]:
    """Of whoever asked for futures: which there are."""
    if not options.futures:
        return {}
    return {"futures": told_futures(futures_in(region), prices(options.region))}


def _fused(made: Emitted) -> list[dict[str, Any]]:
    """The nodes whose calls are one, and what that saves each time: none of an Express machine's
    transitions are billed."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in made.states.values():
        if entry["role"] != "fused":
            continue
        saved = len(entry["nodes"]) - 1
        child = made.children.get(entry.get("machine", ""))
        billed = child is None or child.type == "STANDARD"
        found[tuple(entry["nodes"])] = {
            "nodes": entry["nodes"],
            "saves": {"transitions": saved if billed else 0, "lambda_calls": saved},
        }
    return list(found.values())


def _by_host(op: Invoke) -> bool:
    return isinstance(op.native, NativeCall)


def called(flow: Flow) -> dict[str, Any]:
    """By node id, also of nodes in called workflows: which workflow it calls, in which version."""
    found: dict[str, Any] = {}
    for node in flow.nodes.values():
        if isinstance(node.op, Call):
            found[node.id] = {"workflow": node.op.workflow, "version": node.op.version}
            inside = called(flow.calls[node.id])
            found |= {inner_id(node.id, name): told for name, told in inside.items()}
    return found


def flow_of(
    doc: GraphDoc, catalogue: Catalogue, workflows: Mapping[str, GraphDoc] = NO_WORKFLOWS
) -> Flow:
    """The checked graph of a stored document, which was valid when it was published, with the
    workflows that it calls in place of the calls."""
    return expanded(check(doc, catalogue, workflows=workflows))
