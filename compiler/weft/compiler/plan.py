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
from weft.compiler.schedule.fuse import fused
from weft.compiler.schedule.regions import Region
from weft.compiler.schedule.structure import Futures, schedule
from weft.compiler.schedule.tiers import outline_express


@dataclass(frozen=True, slots=True)
class Plan:
    """What is computed, and in which structure."""

    program: Program
    regions: Mapping[str, Region | None]  # by scope
    conditions: Conditions


def plan(conditions: Conditions, options: Options) -> Plan:
    """Lower, optimise and schedule the graph that these are the conditions of."""
    flow, settled = conditions.flow, conditions.settled()
    match options.lowering:
        case Lowering.OPTIMAL:
            program = optimise(lower(flow, settled))
            futures = Futures(options.futures, worth_seconds(prices(options.region)))
            regions = schedule(program, conditions, futures=futures)
            if options.fuse:
                regions = fused(program, regions)
            return Plan(program, _tiered(program, regions, options), conditions)
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


def _tiered(
    program: Program, regions: Mapping[str, Region | None], options: Options
) -> Mapping[str, Region | None]:
    output = Facts(program.definitions).under(result(program))
    return outline_express(program, regions, output, options.policy, prices(options.region))
