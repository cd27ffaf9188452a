"""The cost of a compiled graph as data: for the manifest, and to have it explained."""

from collections.abc import Mapping
from typing import Any

from weft.compiler.cost.chances import ERRORS, ITEMS, TIMEOUTS, Chances
from weft.compiler.cost.estimate import Estimate, estimate
from weft.compiler.cost.machine import Machine
from weft.compiler.cost.prices import prices
from weft.ir.flow import Flow
from weft.ir.ops import Invoke

ASKING_SECONDS = 0.15


def estimated(flow: Flow, machine: Machine, seconds: Mapping[str, float], region: str) -> Estimate:
    """What runs cost in a Region, where nothing has been measured yet."""
    chances = Chances(flow, machine.diagrams)
    # A step that waits for an answer has asked for it at once; what it waits for costs nothing.
    asking = {n.id for n in flow.nodes.values() if isinstance(n.op, Invoke) and n.op.callback}
    called = {name: ASKING_SECONDS if name in asking else s for name, s in seconds.items()}
    return estimate(machine, chances, prices(region), called)


def summary(found: Estimate, region: str) -> dict[str, Any]:
    """`{"region", "prices_of", "transitions", "lambda_calls", "usd_per_1000_runs", "assuming"}`."""
    return {
        "region": region,
        "prices_of": prices(region).as_of,
        "transitions": {
            "fewest": found.fewest,
            "expected": _short(found.expected.transitions),
            "most": found.most,
        },
        "lambda_calls": _short(found.expected.lambda_calls),
        "usd_per_1000_runs": {
            "expected": _short(found.usd_expected),
            "worst": _short(found.usd_worst),
        },
        "assuming": {
            "items_of_a_loop": ITEMS,
            "handled_errors": ERRORS,
            "late_answers": TIMEOUTS,
        },
    }


def _short(value: float) -> float:
    """Four digits say all that an estimate knows."""
    return float(f"{value:.4g}")
