"""Several runner calls as one task; its answer holds what each step gave, or how one failed.

What a step reads of those before it in the task only the runner can know, so that part of its
config travels as an expression; all else the host computes, as ever. A step that fails ends the
call with an answer, because an error could not carry what the steps before it gave. The task's own
expressions raise it, as they do what a child machine failed with.
"""

import json
import math
from typing import TYPE_CHECKING, Any

from weft.asl.http_task import TRANSIENT
from weft.compiler.emit import child
from weft.compiler.emit.calls import ATTEMPTS, Calls
from weft.compiler.emit.fragment import Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import Renderer, quoted
from weft.compiler.emit.retries import RETRYABLE, retry_block
from weft.compiler.lower.closure import arranged, local_name, symbols_in
from weft.compiler.lower.program import is_fact
from weft.compiler.schedule.fuse import worst_seconds
from weft.compiler.schedule.regions import Fused
from weft.expressions.ast import Array, Expr, Let, Literal, Object, Ref, RefKind, Var
from weft.expressions.references import free_variables, replaced, substitute
from weft.expressions.serial import to_json
from weft.ir.flow import FlowNode
from weft.ir.ops import Invoke
from weft.nodekit.fused_call import place

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope

# Inside a call each step is tried again by itself; these are about the call.
_RETRYABLE = tuple(name for name in RETRYABLE if name != TRANSIENT)


def emit_fused(
    scope: "Scope", region: Fused, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """The task of the calls."""
    shared, program = scope.shared, scope.shared.program
    nodes = [program.flow.nodes[name] for name in region.nodes]
    name = shared.name(" + ".join(region.nodes), "fused", *region.nodes)
    connect(exits, name)
    calls = Calls(shared.render, program.flow, shared.claims)
    steps = [(node, _invoked(program.effects[node.id])) for node in nodes]
    state = _task(calls, steps, facts)
    given = {
        f"n:{node.id}": _outcome(calls, node, op, facts, place(k))
        for k, (node, op) in enumerate(steps)
    }
    kept = scope.kept(region.nodes, shared.usage.span(region)[1])
    held = {f"n:{node}": variable("n", node, scope.depth) for node in kept}
    looked = {} if kept else {local_name(f"c:{name}"): quoted(f"$exists({_given(place(0))})")}
    end = Exit(state, "Next", facts.told(given), ends=True)
    end.assign({**scope.take_entering(), **looked, **_assigned(held, given)})
    scope.guard_raising(state)
    scope.states[name] = state
    after = {f"n:{node.id}": f"${variable('n', node.id, scope.depth)}" for node in nodes}
    return [end], scope.settled(facts).told(after)


def _assigned(held: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    return {variable_: quoted(given[fact]) for fact, variable_ in held.items()}


def _invoked(op: object) -> Invoke:
    assert isinstance(op, Invoke)
    return op


def _task(calls: Calls, steps: list[tuple[FlowNode, Invoke]], facts: Facts) -> State:
    values: list[Expr] = []
    inner = {f"n:{node.id}" for node, _ in steps}
    told = [
        {
            "node_id": node.id,
            "node_type": op.node_type,
            "version": op.version,
            "key": quoted(calls.key(node, facts)),
            "called": calls.render.value(Literal(_called(op, facts, inner, values, calls)), facts),
            "deadline_seconds": node.timeout_seconds,
            "retry": node.retry.model_dump(),
            **calls.claimable(node),
        }
        for node, op in steps
    ]
    first, op = steps[0]
    seconds = math.ceil(sum(worst_seconds(node) for node, _ in steps))
    payload: dict[str, Any] = {
        **calls.whose(),
        "node_id": first.id,
        "attempt": quoted(ATTEMPTS),
        "credential": op.credential,
        "deadline_seconds": seconds,
        "values": calls.render.value(Array(tuple(values)), facts),
        "steps": told,
    }
    state: State = {
        "Type": "Task",
        "Resource": "lambda:invoke",
        "Arguments": {"FunctionName": f"runner:{op.group}", "Payload": payload},
        "TimeoutSeconds": seconds,
    }
    # Whoever wants fewer tries has none too many when the call as a whole is tried again.
    least = min((node.retry for node, _ in steps), key=lambda policy: policy.max_retries)
    retry = retry_block(least, _RETRYABLE)
    if retry:
        state["Retry"] = retry
    return state


def _called(op: Invoke, facts: Facts, inner: set[str], values: list[Expr], calls: Calls) -> str:
    """Config and inputs of a step as an expression over the steps before it, and over `values`,
    to which is added what else it needs."""
    parts = (
        ("config", Object(tuple(op.config.items()))),
        ("inputs", Object(tuple(op.inputs.items()))),
    )
    expr = _bound(Object(parts), facts, inner, calls.render)

    def taken(part: Expr) -> Expr | None:
        if isinstance(part, Literal):
            return part
        if symbols_in(part) & inner or free_variables(part):
            return None
        if part not in values:
            values.append(part)
        return Ref(RefKind.SYMBOL, str(values.index(part)))

    form = to_json(replaced(expr, taken))
    return json.dumps(form, separators=(",", ":"), ensure_ascii=False)


def _bound(expr: Expr, facts: Facts, inner: set[str], render: Renderer) -> Expr:
    """The expression with each symbol bound that rests on a step of the call."""
    knowledge, known = render.knowledge, facts.known
    named, result = arranged(
        knowledge.simplified(expr, known),
        knowledge.under(known),
        lambda name: not is_fact(name) and name not in facts,
    )
    resting = set(inner)
    bound: list[tuple[str, Expr]] = []
    for symbol, value in named:
        if symbols_in(value) & resting:
            resting.add(symbol)
            bound.append((symbol, value))
    locals_: dict[Ref, Expr] = {
        Ref(RefKind.SYMBOL, symbol): Var(local_name(symbol)) for symbol, _ in bound
    }
    result = substitute(result, locals_)
    for symbol, value in reversed(bound):
        result = Let(local_name(symbol), substitute(value, locals_), result)
    return result


def _outcome(calls: Calls, node: FlowNode, op: Invoke, facts: Facts, at: str) -> str:
    """The outcome record of a step that succeeded, as JSONata inside the task."""
    if not op.routes:
        return f"{{'r': {_given(at)}}}"
    return f"($a := {_given(at)}; {calls.record(node, op, facts, '$a')})"


def _given(at: str) -> str:
    """What a step gave. Raises what another step failed with."""
    return (
        "($p := $states.result.Payload; $exists($p.failed) ? "
        f"{child.raised('$p.failed')} : $p.outputs.{at})"
    )
