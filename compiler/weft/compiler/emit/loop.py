"""A loop that repeats: its body's states in the same scope, with a way back from their end.

start (Pass: first iteration) → body … → again? (Choice: next iteration → body,
too many → Fail, else the outcome → what follows)
"""

from typing import TYPE_CHECKING, Any

from weft.compiler.emit.calls import calls_out, error_record
from weft.compiler.emit.fragment import Escape, Exit, Facts, Fragment, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.lower.activation import several
from weft.compiler.lower.logic import FALSE
from weft.compiler.lower.repeat import continued
from weft.expressions.ast import Expr, Literal, Object
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ERROR_PORT, MAX_ROUNDS, Repeat

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def emit_loop(scope: "Scope", node: FlowNode, op: Repeat, facts: Facts) -> Fragment:
    """The states of a loop; `facts` is how facts read where it starts."""
    shared, render = scope.shared, scope.shared.render
    rounds = shared.program.rounds[node.id]
    iteration, round_, outcome = (variable(kind, node.id, scope.depth) for kind in "ikn")
    kept = f"n:{node.id}" in shared.read
    start = shared.name(f"{op.header}: start", "loop", op.header)
    test = shared.name(f"{op.header}: again?", "loop", op.header)
    shared.loops |= {start: node.id, test: node.id}
    looked = f"i:{node.id}" in shared.read
    begin = {iteration: quoted(render.code(rounds.enter, facts))} if looked else {}
    entering = {**scope.take_entering(), **begin, round_: 0}
    settled = scope.settled(facts)
    own = None if node.on_error is OnError.FAIL else _escape(scope, node, op, outcome, kept=kept)
    around, scope.escape = scope.escape, own or scope.escape

    inside = {**settled, f"i:{node.id}": f"${iteration}", f"k:{node.id}": f"${round_}"}
    region = shared.regions[node.id]
    body = scope.fragment(region, inside) if region else Fragment(test, (), inside)
    connect(body.exits, test)
    again = render.code(rounds.again, body.facts)
    following: State = {
        "Condition": quoted(f"${round_} < {op.rounds - 1} and {again}"),
        "Assign": {
            **({iteration: quoted(render.code(rounds.following, body.facts))} if looked else {}),
            round_: quoted(f"${round_} + 1"),
        },
        "Next": body.entry,
    }
    stop = {"Condition": quoted(again), **_stopped(scope, op)}
    choice: State = {"Type": "Choice", "Choices": [following, stop]}
    if kept:
        choice["Assign"] = {outcome: quoted(render.code(rounds.left, body.facts))}
    if "Next" not in stop and scope.escape is not None:
        scope.escape.ends.append(stop)
    scope.states[start] = {"Type": "Pass", "Assign": entering, "Next": body.entry}
    scope.states[test] = choice
    shared.guards[test] = (FALSE, FALSE)  # costs are counted for one round
    scope.escape = around
    caught = [Exit(end) for end in own.ends] if own else []
    after = {**settled, f"n:{node.id}": f"${outcome}"}
    return Fragment(start, (Exit(choice, "Default"), *caught), after)


def _escape(scope: "Scope", node: FlowNode, op: Repeat, outcome: str, *, kept: bool) -> Escape:
    """What the loop makes of an error in its body that nobody there handles."""
    if not kept:
        return Escape()
    render = scope.shared.render
    if node.on_error is OnError.CONTINUE:
        told = {outcome: quoted(render.code(continued(node, op), {}))}
        return Escape(told, lambda _: told)

    def stopped(loop: Repeat) -> dict[str, Any]:
        error: Expr = Literal(
            {"node": op.header, "type": MAX_ROUNDS, "message": loop.too_many, "attempts": 1}
        )
        taken: Expr = Literal(ERROR_PORT)
        if several(node):
            taken = Literal({ERROR_PORT: True})
            error = Object(((ERROR_PORT, error),))
        return {outcome: quoted(render.code(Object((("h", taken), ("r", error))), {}))}

    native = calls_out(scope.shared.program)
    caught = error_record(op.header, attempts="1", several=several(node), native=native)
    return Escape({outcome: quoted(caught)}, stopped)


def _stopped(scope: "Scope", op: Repeat) -> State:
    """Where a loop goes that may not go on: to whoever handles errors here, else it fails."""
    if scope.escape is not None:
        told = scope.escape.stopped(op)
        return {"Assign": told} if told else {}
    name = scope.shared.name(f"{op.header}: too many rounds", "loop", op.header)
    scope.states[name] = {"Type": "Fail", "Error": MAX_ROUNDS, "Cause": op.too_many}
    return {"Next": name}
