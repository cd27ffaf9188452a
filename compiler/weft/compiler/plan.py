"""From a checked graph to a program and its regions, in the way that the options choose."""

from collections.abc import Mapping
from dataclasses import dataclass

from weft.compiler.baselines.guards import every_node
from weft.compiler.baselines.handwritten import handwritten
from weft.compiler.baselines.naive_layers import naive_layers
from weft.compiler.baselines.sequence import sequence
from weft.compiler.cost.futures import worth_seconds
from weft.compiler.cost.prices import prices
from weft.compiler.emit.emit import result
from weft.compiler.lower.closure import Facts
from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program
from weft.compiler.optimise import optimise
from weft.compiler.options import Lowering, Options
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.regions import Region
from weft.compiler.schedule.structure import Futures, schedule
from weft.compiler.schedule.tiers import outline_express
from weft.compiler.verify.path_conditions import verify_regions
from weft.domain.errors import Bug
from weft.ir.flow import Flow


@dataclass(frozen=True, slots=True)
class Plan:
    """What is computed, and in which structure."""

    program: Program
    regions: Mapping[str, Region | None]  # by scope
    conditions: Conditions


def plan(flow: Flow, options: Options) -> Plan:
    """Lower, optimise and schedule a graph."""
    conditions = Conditions(flow)
    settled = conditions.settled()
    match options.lowering:
        case Lowering.OPTIMAL:
            program = optimise(lower(flow, settled))
            futures = Futures(options.futures, worth_seconds(prices(options.region)))
            found = _proved(program, conditions, futures)
            regions = _tiered(program, found, options)
            return Plan(program, regions, conditions)
        case Lowering.HANDWRITTEN:
            program = optimise(lower(flow, settled, also_stated=handwritten(flow)))
            return Plan(program, schedule(program, conditions), conditions)
        case _:
            program = lower(flow, settled, also_stated=every_node(flow))
            structure = {
                Lowering.STATE_PER_NODE: schedule,
                Lowering.SEQUENCE: sequence,
                Lowering.NAIVE_LAYERS: naive_layers,
            }[options.lowering]
            return Plan(program, structure(program, conditions), conditions)


def _proved(
    program: Program, conditions: Conditions, futures: Futures
) -> Mapping[str, Region | None]:
    """The regions with futures; without any where those chosen cannot be proved."""
    found = schedule(program, conditions, futures=futures)
    if not futures.most:
        return found
    try:
        verify_regions(program, conditions, found)
    except Bug:  # some guard behind a future cannot be written; a plan without always can
        return schedule(program, conditions)
    return found


def _tiered(
    program: Program, regions: Mapping[str, Region | None], options: Options
) -> Mapping[str, Region | None]:
    output = Facts(program.definitions).under(result(program))
    return outline_express(program, regions, output, options.policy, prices(options.region))
