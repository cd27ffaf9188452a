"""What a node does once its in-edges are resolved: whether it fires, what leaves its ports."""

from collections.abc import Mapping

from weft.expressions.ast import Expr, JsonValue
from weft.expressions.values import truthy
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import (
    ERROR_PORT,
    WRONG_INPUT,
    Call,
    Compute,
    Decide,
    ForEach,
    Gather,
    Invoke,
    Known,
    NativeCall,
    Op,
    Race,
    Repeat,
    Require,
    Result,
    Sleep,
    Start,
)
from weft.semantics.answers import Answer, Failed, Path, TimedOut
from weft.semantics.facts import Environment, Facts, Status
from weft.semantics.rounds import arrived_in_round
from weft.semantics.tokens import Arrived, Fired, joined, tokens

TIMEOUT = "States.Timeout"


def arrived(facts: Facts, node: FlowNode, path: Path) -> Arrived:
    """The tokens at the node's in-edges, all of which are resolved."""
    loop = facts.wiring.heads.get(node.id)
    if loop is not None:
        return arrived_in_round(facts, facts.wiring.flow.nodes[loop], path)
    return tokens(facts, node.id, path)


def fires(facts: Facts, node: FlowNode, came: Arrived) -> bool:
    """Whether the node fires, or is skipped (semantics §4.2)."""
    if isinstance(node.op, Start):
        trigger = facts.trigger
        return isinstance(trigger, dict) and trigger.get("node") == node.id
    if isinstance(node.op, Known):
        return node.op.status != "skipped"
    return node.id in facts.wiring.heads or joined(facts, node, came)


def environment(facts: Facts, node: FlowNode, path: Path, came: Arrived) -> Environment:
    """What the node's expressions see."""
    ports: dict[str, JsonValue] = {}
    for port in node.inputs:
        values = came.ports.get(port.name)
        if port.many:
            ports[port.name] = list(values or ())
        else:
            ports[port.name] = values[0] if values else None
    return Environment(facts, node.id, path, ports)


def items_of(op: ForEach, env: Environment) -> list[JsonValue]:
    """What a for-each goes over: null has no items, a value that is no array is one."""
    items = env.value(op.items)
    if items is None:
        return []
    return items if isinstance(items, list) else [items]


def back_value(facts: Facts, for_each: str, child: Path) -> JsonValue:
    """What arrived at a for-each's back port in one iteration; null where nothing did."""
    op = facts.wiring.flow.nodes[for_each].op
    assert isinstance(op, ForEach)
    came = tokens(facts, for_each, child, facts.wiring.taps_back)
    values = came.ports.get(op.back_port, [])
    many = facts.wiring.port(for_each, op.back_port).many
    return values if many else (values[0] if values else None)


def compute(node: FlowNode, env: Environment) -> Fired:
    """A pure node fires."""
    match node.op:
        case Start(outputs=outputs) | Compute(outputs=outputs):
            live = {port: env.value(expr) for port, expr in outputs.items()}
            return Fired(live, _output(tuple(outputs), live))
        case Decide() as op:
            value = env.value(op.value)
            return Fired(dict.fromkeys(_chosen(op, env), value), value)
        case Result(value=expr):
            value = env.value(expr)
            return Fired({port.name: value for port in node.outputs}, value)
        case Known(live=live, value=value):
            return Fired(live, value)
        case Gather(of=of):
            gathered = {name: env.result_of(ref.name) for name, ref in of.items()}
            return Fired({port.name: gathered for port in node.outputs}, gathered)
        case _:
            raise AssertionError(f"{node.id} is not pure")


def demanded(op: Require | Call, env: Environment) -> Failed | None:
    """The error of the first demand that is not met."""
    for demand in op.demands:
        if _holds(demand.broken, env):
            return Failed(WRONG_INPUT, demand.message)
    return None


def required(node: FlowNode, op: Require, env: Environment) -> Fired | Failed:
    """What leaves a node that demands something of what it sends on."""
    failed = demanded(op, env)
    if failed is not None:
        return failed
    value = env.value(op.value)
    return Fired({port.name: value for port in node.outputs}, value)


def ended(op: Op) -> Status:
    """The status of a pure node that fired."""
    return Status(op.status) if isinstance(op, Known) else Status.SUCCESS


def arguments(op: Op, env: Environment) -> JsonValue:
    """What an effect is called with."""
    match op:
        case Invoke(native=NativeCall(arguments=given)):
            return {"native": {name: env.value(expr) for name, expr in given.items()}}
        case Invoke(config=config, inputs=inputs):
            return {
                "config": {name: env.value(expr) for name, expr in config.items()},
                "inputs": {name: env.value(expr) for name, expr in inputs.items()},
            }
        case Sleep(seconds=None, until=until) if until is not None:
            return {"until": env.value(until)}
        case Sleep(seconds=seconds) if seconds is not None:
            return {"seconds": env.value(seconds)}
        case _:
            raise AssertionError("not an effect")


def answered(node: FlowNode, env: Environment, answer: Answer) -> Fired | Failed:
    """An effect's answer as what leaves its ports, or as the error it ended in."""
    op = node.op
    if isinstance(answer, Failed):
        return answer
    if isinstance(answer, TimedOut):
        if isinstance(op, Invoke) and op.timeout_port is not None:
            return Fired({op.timeout_port: None})
        return Failed(TIMEOUT, answer.message, answer.attempts)
    if isinstance(op, Sleep):
        value = env.value(op.value)
        return Fired({port.name: value for port in node.outputs}, value)
    assert isinstance(op, Invoke)
    outputs = {port: answer.outputs.get(port) for port in op.outputs}
    if op.routes:
        return _routed(op, env, outputs)
    return Fired(outputs, _output(op.outputs, outputs))


def recovered(facts: Facts, node: FlowNode, env: Environment, error: Failed) -> Fired | None:
    """What an error does where the node has a rule for it; None: it has none, its scope fails."""
    if node.on_error is OnError.BRANCH and facts.wiring.has_error_edge(node.id):
        return Fired({ERROR_PORT: error_value(node.own_id, error)})
    if node.on_error is OnError.CONTINUE:
        default = node.on_error_value
        if isinstance(node.op, Invoke) and node.op.routes:
            return _routed(node.op, env, default)
        names = _data_ports(node)
        live = dict.fromkeys(names, default)
        return Fired(live, _output(names, live))
    return None


def error_value(node_id: str, error: Failed) -> dict[str, JsonValue]:
    """What the error port carries."""
    return {
        "node": node_id,
        "type": error.type,
        "message": error.message,
        "attempts": error.attempts,
    }


def _data_ports(node: FlowNode) -> tuple[str, ...]:
    match node.op:
        case ForEach(done_port=done) | Race(done_port=done):
            return (done,)
        case Repeat():
            return node.op.continuing
        case Invoke(outputs=outputs):
            return outputs
        case _:
            return tuple(port.name for port in node.outputs)


def _routed(op: Invoke, env: Environment, answer: JsonValue) -> Fired:
    seen = Environment(env.facts, env.node_id, env.path, env.ports, answer)
    port = next((case.port for case in op.routes if _holds(case.when, seen)), None)
    return Fired({} if port is None else {port: answer}, answer)


def _chosen(op: Decide, env: Environment) -> list[str]:
    ports: list[str] = []
    for case in op.cases:
        if _holds(case.when, env):
            ports.append(case.port)
            if not op.every_match:
                break
    if not ports and op.otherwise is not None:
        ports.append(op.otherwise)
    return ports


def _holds(condition: Expr, env: Environment) -> bool:
    """The expression language's own notion of truth."""
    return truthy(env.value(condition))


def _output(ports: tuple[str, ...], live: Mapping[str, JsonValue]) -> JsonValue:
    if len(ports) == 1:
        return live.get(ports[0])
    return {port: live.get(port) for port in ports}
