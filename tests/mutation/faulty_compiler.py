"""The compiler with one fault in it: its stages, between which a fault may change what passes."""

import asyncio
import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from weft.asl.verify.verify import verify
from weft.compiler.compile import compile_workflow
from weft.compiler.emit.emit import emit
from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program
from weft.compiler.optimise import optimise
from weft.compiler.options import Options, Policy
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.regions import Region
from weft.compiler.schedule.structure import schedule
from weft.compiler.verify.path_conditions import verify_regions
from weft.domain.errors import Bug
from weft.nodekit.catalogue import Catalogue
from weft.validation.prove import prove

Regions: TypeAlias = dict[str, Region | None]
Definition: TypeAlias = dict[str, Any]
DURABLE = Options(policy=Policy.DURABLE)  # one machine: its whole definition is in sight


@dataclass(frozen=True, slots=True)
class Fault:
    """What a faulty compiler does otherwise, at one of its stages; the others are as they are.

    `order` changes the program that the scheduler sees, `program` the one that everything after
    lowering does. Each gives back its argument itself where it finds nothing to spoil.
    """

    program: Callable[[Program], Program] = lambda program: program
    order: Callable[[Program], Program] = lambda program: program
    regions: Callable[[Regions], Regions] = lambda regions: regions
    definition: Callable[[Definition], Definition] = lambda definition: definition


def caught(graph: Any, catalogue: Catalogue, fault: Fault, seed: int, runs: int) -> str | None:
    """Who catches it on this graph: "static", "verifier", "simulation", or "" for nobody.

    None: the fault finds nothing to spoil in the graph.
    """
    whole = compile_workflow(graph, catalogue, options=DURABLE)
    conditions = Conditions(whole.flow)
    program = optimise(lower(whole.flow, conditions.settled()))
    spoilt = fault.program(program)
    ordered = fault.order(spoilt)
    regions = schedule(ordered, conditions)
    arranged = fault.regions(regions)
    if spoilt is program and ordered is spoilt and arranged == regions:
        changed = fault.definition(copy.deepcopy(whole.definition))
        if changed == whole.definition:
            return None
    else:
        try:
            verify_regions(spoilt, conditions, arranged)
        except Bug:
            return "static"
        changed = emit(spoilt, arranged, conditions).definition
    if verify(changed):
        return "verifier"
    try:
        artefact = replace(whole, definition=changed)
        asyncio.run(prove(artefact, runs=runs, seed=seed, budget_seconds=math.inf))
    except Bug:
        return "simulation"
    return ""


def with_flow(program: Program, **changes: Any) -> Program:
    """The program over a changed flow."""
    return replace(program, flow=replace(program.flow, **changes))
