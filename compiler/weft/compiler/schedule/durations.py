"""How long each state is expected to take, by class, where nobody has measured it.

Only the proportions matter: they say what to run beside what. What waits for a person, or for an
answer from outside, takes for ever, so that no plan puts unrelated work behind it.
"""

import math
from collections.abc import Mapping
from typing import Final

from weft.compiler.lower.program import Program
from weft.compiler.schedule.loads import AT_ONCE, ITEMS, OTHER_SECONDS, SECONDS
from weft.compiler.schedule.poset import Needs, part_of
from weft.compiler.schedule.span import critical_path
from weft.expressions.ast import Expr, Literal
from weft.ir.flow import FlowNode
from weft.ir.ops import ForEach, Invoke, Race, Repeat, Sleep

AGENT_SECONDS: Final = 30.0  # a model that calls tools, several times
SLEEP_SECONDS: Final = 60.0  # of a length that only the run knows
PERSON_SECONDS: Final = 1e6  # days
ROUNDS: Final = 3  # that a loop is expected to go


def expected_seconds(
    program: Program, needed: Needs, measured: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Seconds of every stated node; `measured` says otherwise where it knows better."""
    given = measured or {}
    seconds: dict[str, float] = {}
    for name in _bodies_first(program):
        known = given.get(name)
        if known is None:
            node = program.flow.nodes[name]
            if isinstance(node.op, ForEach):
                known = _loop(node.op, critical_path(needed.order(name), seconds))
            elif isinstance(node.op, Race):
                order = needed.order(name)
                arms = [[n for n in order.nodes if node.op.arms[n] == k] for k in node.op.numbers]
                known = min(critical_path(part_of(order, arm), seconds) for arm in arms)
            elif isinstance(node.op, Repeat):
                known = min(ROUNDS, node.op.rounds) * critical_path(needed.order(name), seconds)
            else:
                known = _step(program, node)
        seconds[name] = known
    return seconds


def _bodies_first(program: Program) -> list[str]:
    """The stated nodes, those of a loop's body before the loop."""
    flow = program.flow
    depth: dict[str, int] = {}
    for name in program.stated:
        scope, deep = flow.nodes[name].scope, 0
        while scope:
            scope, deep = flow.nodes[scope].scope, deep + 1
        depth[name] = deep
    return sorted((name for name in flow.nodes if name in depth), key=lambda name: -depth[name])


def _loop(op: ForEach, body: float) -> float:
    at_once = min(op.concurrency or AT_ONCE, AT_ONCE)
    return math.ceil(ITEMS / at_once) * body


def _step(program: Program, node: FlowNode) -> float:
    match program.effects.get(node.id, node.op):
        case Invoke(callback=True):
            return PERSON_SECONDS
        case Invoke(node_type=name) if "agent" in name:
            return AGENT_SECONDS
        case Invoke(group=group):
            return SECONDS.get(group, OTHER_SECONDS)
        case Sleep(seconds=seconds):
            return _literal(seconds)
        case _:
            return 0.0


def _literal(seconds: Expr | None) -> float:
    if isinstance(seconds, Literal) and isinstance(seconds.value, int | float):
        return max(0.0, float(seconds.value))
    return SLEEP_SECONDS
