"""What effects answer in a differential run: from a seed, the same to interpreter and host."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from weft.expressions.ast import JsonValue, Literal
from weft.ir.flow import TOP, Flow, FlowNode, OnError
from weft.ir.ops import ForEach, Invoke, NativeCall, Race
from weft.semantics.answers import Answer, Failed, Ok, Path, TimedOut

# What a node answers, by port: from dice, the node, and a name for the activation.
Answers: TypeAlias = Callable[[random.Random, FlowNode, str], dict[str, Any]]
_HEADER = re.compile("[a-z0-9-]+")
TRANSIENT, PERMANENT = "TransientStepError", "PermanentStepError"


@dataclass(frozen=True, slots=True)
class Plan:
    """How the attempts of one activation go: so many fail for now, then comes the end."""

    transient: int
    end: Answer


class SeededOracle:
    """Answers by (seed, node, path), never by when or how often it is asked.

    `failures`: how likely an effect fails whose error nothing handles.
    """

    def __init__(self, flow: Flow, seed: int, answers: Answers, failures: float = 0.0) -> None:
        self.flow = flow
        self.seed = seed
        self.answers = answers
        self.failures = failures

    def __call__(self, node_id: str, path: Path, arguments: JsonValue) -> Answer:
        """How the activation ends after its own retries."""
        return list(self.attempts(node_id, path))[-1]

    def attempts(self, node_id: str, path: Path) -> Iterator[Answer]:
        """Every attempt's end in turn; only the last one is not retried."""
        node = self.flow.nodes[node_id]
        plan = self._plan(node, path)
        for number in range(1, plan.transient + 1):
            yield Failed(TRANSIENT, "not now", number)
            if number > node.retry.max_retries:
                return
        end = plan.end
        if isinstance(end, Failed):
            yield Failed(end.type, end.message, plan.transient + 1)
        elif isinstance(end, TimedOut):
            yield TimedOut(end.message, plan.transient + 1)
        else:
            yield end

    def _plan(self, node: FlowNode, path: Path) -> Plan:
        dice = random.Random(f"{self.seed}/{node.id}/{path}")  # noqa: S311 - repeatable
        if not isinstance(node.op, Invoke):
            return Plan(0, Ok())
        transient = dice.choices([0, 1, 2, 3, 4], [80, 9, 5, 3, 3])[0]
        handled = self._is_handled(node)
        if node.scope != TOP or not (handled or self.failures):
            # Of several items that fail, any may be reported: inside loops they fail alike.
            transient = min(transient, node.retry.max_retries)
        given = self.answers(dice, node, f"{node.id}{list(path) or ''}")
        end: Answer = Ok(_as_host_gives(node.op, given))
        may_fail = 0.3 if handled else self.failures
        if dice.random() < may_fail:
            end = Failed(PERMANENT, "refused")
        elif self._may_time_out(node, node.op, may_fail) and dice.random() < 0.35:
            end = TimedOut()
        return Plan(transient, end)

    def _may_time_out(self, node: FlowNode, op: Invoke, may_fail: float) -> bool:
        """Whether nobody may answer in time: where that is an error, only where one may be."""
        if not op.callback or op.timeout in (None, Literal(None)):
            return False
        alone = node.scope == TOP or node.on_error is not OnError.FAIL
        return op.timeout_port is not None or (may_fail > 0 and alone)

    def _is_handled(self, node: FlowNode) -> bool:
        """Whether the node itself, or a loop around it, lives on when the node fails."""
        if node.on_error is not OnError.FAIL:
            return True
        if node.scope == TOP:
            return False
        loop = self.flow.nodes[node.scope]
        skips = isinstance(loop.op, ForEach) and loop.op.skip_failed
        return skips or isinstance(loop.op, Race) or self._is_handled(loop)


def _as_host_gives(op: Invoke, given: dict[str, Any]) -> dict[str, Any]:
    """Where the host makes the call, only what it can answer: text in headers, no empty body."""
    if not isinstance(op.native, NativeCall):
        return given
    made = dict(given)
    for port, reading in op.native.outputs.items():
        if reading == "headers":
            held = given[port] if isinstance(given[port], dict) else {}
            made[port] = {k: str(v) for k, v in held.items() if _HEADER.fullmatch(k)}
        elif reading == "nothing" or given[port] == "":
            made[port] = None
    return made
