"""What reached the steps of nodes that no host ever called, worked out when somebody looks.

A call's input is in the history. A node without a state has none, but the semantics say what its
input ports got from what the other steps ended in, so nothing of it has to be stored.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from weft.domain.run import Run, Step, StepStatus
from weft.domain.workflow import Json, JsonObject
from weft.ir.flow import Flow, FlowNode
from weft.ir.ops import Invoke, Sleep
from weft.operations.admit_runs import machine_input
from weft.semantics.answers import Failed, Knowledge, Ok, Path, Running, TimedOut, Waiting
from weft.semantics.facts import Facts
from weft.semantics.firing import arrived, environment
from weft.semantics.resolver import Resolver

_TIMEOUT: Final = "States.Timeout"
_FIRED: Final = frozenset({StepStatus.SUCCESS, StepStatus.ERROR, StepStatus.RUNNING})


def with_inputs(flow: Flow, run: Run, steps: Sequence[Step]) -> list[Step]:
    """The same steps; one that fired and has no input gets `{port: value}` of its connected ports.

    What is not determined, as inside a loop that was given up, stays null.
    """
    made = machine_input(run)
    resolver = Resolver(flow, made["trigger"], made["run"])
    for step in steps:
        node = flow.nodes.get(step.node_id)
        if node is None or not isinstance(node.op, Invoke | Sleep):
            continue
        known = _known(node, step)
        if known is not None:
            resolver.learn(step.node_id, path_of(step), known)
    return [_with_input(resolver.facts, step) for step in steps]


def path_of(step: Step) -> Path:
    """The item index in every for-each around the step."""
    return tuple(map(int, step.path.split("."))) if step.path else ()


def _with_input(facts: Facts, step: Step) -> Step:
    node = facts.wiring.flow.nodes.get(step.node_id)
    if node is None or step.input is not None or step.status not in _FIRED:
        return step
    path = path_of(step)
    came = arrived(facts, node, path)
    if not came.ports:
        return step
    ports = environment(facts, node, path, came).ports
    return replace(step, input={name: ports[name] for name in came.ports if name in ports})


def _known(node: FlowNode, step: Step) -> Knowledge | None:
    """What the step's end says about its effect; None where it says nothing."""
    match step.status:
        case StepStatus.SUCCESS:
            return _succeeded(node, step.output)
        case StepStatus.ERROR:
            return _failed(step.error or {}, step.attempts)
        case StepStatus.RUNNING:
            return Running()
        case StepStatus.WAITING:
            return Waiting()
        case _:
            return None


def _succeeded(node: FlowNode, output: Json) -> Knowledge:
    op = node.op
    if not isinstance(op, Invoke):
        return Ok()
    if output is None and op.timeout_port is not None:
        return TimedOut()
    one = len(op.outputs) == 1 and not op.routes
    outputs: Any = {op.outputs[0]: output} if one else output
    return Ok(outputs if isinstance(outputs, dict) else {})


def _failed(error: JsonObject, attempts: int) -> Knowledge:
    kind, message = str(error.get("type", "")), str(error.get("message", ""))
    if kind == _TIMEOUT:
        return TimedOut(message, attempts)
    return Failed(kind, message, attempts)
