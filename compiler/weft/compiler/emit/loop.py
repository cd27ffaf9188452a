"""A loop that repeats: its body's states in the same scope, with a way back from their end.

… (assigns the first round) → body … → again? (Choice: next round → body,
too many → Fail, else the outcome → what follows). An end of the body behind which no round can
follow goes straight to what follows.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from weft.compiler.emit.calls import calls_out, error_record
from weft.compiler.emit.fragment import Choice, Escape, Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.lower.activation import several
from weft.compiler.lower.logic import FALSE
from weft.compiler.lower.program import Round
from weft.compiler.lower.repeat import continued
from weft.expressions.ast import Expr, Literal, Object
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ERROR_PORT, MAX_ROUNDS, Repeat

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope
    from weft.compiler.emit.shared import Shared


def emit_loop(
    scope: "Scope", node: FlowNode, op: Repeat, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """The states of a loop; `exits` lead to it, `facts` is how facts read where it starts."""
    shared, render = scope.shared, scope.shared.render
    rounds, place = shared.program.rounds[node.id], shared.usage.place[node.id]
    iteration, round_, outcome = (variable(kind, node.id, scope.depth) for kind in "ikn")
    kept, looked = scope.kept([node.id], place), shared.usage.later(f"i:{node.id}", place)
    once = rounds.again == FALSE and shared.regions[node.id] is not None
    if scope.entering or ((looked or not once) and any(end.starts for end in exits)):
        exits = [_start(scope, node, exits, facts)]
    settled = scope.settled(facts)
    own = (
        None if node.on_error is OnError.FAIL else _escape(scope, node, op, outcome if kept else "")
    )
    around, scope.escape = scope.escape, own or scope.escape

    count = "0" if once else f"${round_}"
    inside = settled.told({f"i:{node.id}": f"${iteration}", f"k:{node.id}": count})
    outside, shared.loop = shared.loop, node.id
    test = "" if once else shared.name(f"{node.drawn}: again?", "loop", node.id)
    # Stands for every way into the body; what they assign is not visible on them yet.
    door: State = {}
    ends, ended = [Exit(door, "StartAt", inside)], inside
    region = shared.regions[node.id]
    if region is not None:
        ends, ended = scope.region(region, ends, inside, shared.usage.ends[node.id])
    out: list[Exit] = []
    if not once:
        out = [end for end in ends if not end.starts and _is_last(shared, rounds, end)]
        out = out if len(out) < len(ends) else []
        connect([end for end in ends if end not in out], test)
    shared.loop = outside
    for end in exits:
        end.assign({iteration: quoted(render.code(rounds.enter, end.facts))} if looked else {})
        end.assign({} if once else {round_: 0})
    connect(exits, door["StartAt"])
    if once:
        scope.escape = around
        return _left(scope, node, (ends, own), settled, outcome if kept else "")

    again = render.code(rounds.again, ended)
    following: State = {
        "Condition": quoted(f"${round_} < {op.rounds - 1} and {again}"),
        "Assign": {
            **({iteration: quoted(render.code(rounds.following, ended))} if looked else {}),
            round_: quoted(f"${round_} + 1"),
        },
        "Next": door["StartAt"],
    }
    stop: State = {"Condition": quoted(again)}
    state: State = {"Type": "Choice", "Choices": [following, stop]}
    scope.states[test] = state
    choice = Choice(state, [FALSE, FALSE])  # costs are counted for one round
    shared.guards[test] = choice.guards
    name = (f"{node.drawn}: too many rounds", "loop", node.id)
    scope.stop(stop, (MAX_ROUNDS, op.too_many(node.own_id)), name)
    scope.escape = around

    # What follows must be one state where ends of the body lead to it too: whether it is entered is
    # not told by how the last round ended.
    over = [Exit(state, "Default", ended, choice=None if out else choice)]
    over += [Exit(end.holder, end.key, end.facts) for end in out]
    return _left(scope, node, (over, own), settled, outcome if kept else "")


def _left(
    scope: "Scope",
    node: FlowNode,
    ends: tuple[list[Exit], Escape | None],
    settled: Facts,
    held: str,
) -> tuple[list[Exit], Facts]:
    """The ends behind a loop: those of its last round, which give its outcome, and its errors'."""
    shared, fact = scope.shared, f"n:{node.id}"
    over, own = ends
    known = apart = settled.known
    if node.on_error is OnError.BRANCH:
        known = shared.knowledge.without_outcome(settled.known, node.id, ERROR_PORT)
        apart = shared.knowledge.with_outcome(settled.known, node.id, ERROR_PORT)
    left = []
    for end in over:
        outcome = shared.render.code(shared.program.rounds[node.id].left, end.facts)
        end.assign({held: quoted(outcome)} if held else {})
        left.append(replace(end, facts=settled.told({fact: outcome}, known)))
    caught = [
        Exit(end, "Next", settled.told({fact: told or "{}"}, apart))
        for end, told in (own.ends if own else ())
    ]
    return [*left, *caught], settled.told({fact: f"${variable('n', node.id, scope.depth)}"})


def _is_last(shared: "Shared", rounds: Round, end: Exit) -> bool:
    """Whether no round follows where this end is come to, so that nothing has to ask."""
    return shared.knowledge.simplified(rounds.again, end.facts.known) == FALSE


def _start(scope: "Scope", node: FlowNode, exits: list[Exit], facts: Facts) -> Exit:
    """A state that assigns the first round, where no state before it can."""
    name = scope.shared.name(f"{node.drawn}: start", "loop", node.id)
    connect(exits, name)
    state: State = {"Type": "Pass"}
    scope.states[name] = state
    end = Exit(state, "Next", facts)
    end.assign(scope.take_entering())
    return end


def _escape(scope: "Scope", node: FlowNode, op: Repeat, held: str) -> Escape:
    """What the loop makes of an error in its body that nobody there handles."""
    render = scope.shared.render
    if node.on_error is OnError.CONTINUE:
        told = render.code(continued(node, op), Facts())
        return Escape(held, told, lambda _, __: told)

    def stopped(type_: str, message: str) -> str:
        error: Expr = Literal(
            {"node": node.own_id, "type": type_, "message": message, "attempts": 1}
        )
        taken: Expr = Literal(ERROR_PORT)
        if several(node):
            taken = Literal({ERROR_PORT: True})
            error = Object(((ERROR_PORT, error),))
        return render.code(Object((("h", taken), ("r", error))), Facts())

    native = calls_out(scope.shared.program)
    caught = error_record(node.own_id, attempts="1", several=several(node), native=native)
    return Escape(held, caught, stopped)
