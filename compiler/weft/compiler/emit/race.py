"""A race: a Parallel that its winner ends by failing, since nothing else ends one early.

race (Parallel: per arm body … → arrived? (Choice) → won (Fail Race.Won, cause: the value))
  caught Race.Won → what follows
  every arm ended → lost? (Choice) → what follows, or failed (Fail with an arm's error)
"""

from typing import TYPE_CHECKING

from weft.compiler.emit import child
from weft.compiler.emit.each import errors_handled
from weft.compiler.emit.fragment import Escape, Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.lower.logic import FALSE, NULL, TRUE
from weft.compiler.schedule.regions import Fork, Region, raises, stated_in
from weft.domain.errors import Bug
from weft.expressions.ast import Array, Binary, Expr, If, Literal
from weft.ir.flow import FlowNode
from weft.ir.ops import MAX_WON, RACE_WON, TOO_LARGE, Race

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope

_ERROR = "{'e': $states.errorOutput.Error, 'c': $states.errorOutput.Cause}"
_LOST = "$filter($states.result, function($arm){ $arm != null })[0]"


def emit_race(
    scope: "Scope", node: FlowNode, op: Race, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """The states of a race; `exits` lead to it, `facts` is how facts read where it starts."""
    shared, fact = scope.shared, f"n:{node.id}"
    outcome = variable("n", node.id, scope.depth)
    settled = scope.settled(facts)
    race = shared.name(f"{node.id}: race", "race", node.id)
    connect(exits, race)
    state: State = {
        "Type": "Parallel",
        "Branches": [_arm(scope, node, op, arm, settled) for arm in op.numbers],
        "Assign": {
            outcome: quoted(
                f"($lost := {_LOST}; $exists($lost) ? {{'h': 'lost', 'r': $lost}} "
                ": {'h': null, 'r': null})"
            )
        },
    }
    given = "{'h': 'ok', 'r': $parse($states.errorOutput.Cause).v}"
    ends = [([RACE_WON], given), *errors_handled(scope.shared, node)]
    left = _caught(scope, state, node, ends, settled)
    lost = shared.name(f"{node.id}: lost?", "race", node.id)
    failed, recovered = _failed(scope, node, outcome, settled)
    rule: State = {"Condition": quoted(f"${outcome}.h = 'lost'"), "Next": failed}
    choice: State = {"Type": "Choice", "Choices": [rule]}
    shared.guards[lost] = [FALSE]
    state["Next"] = lost
    scope.states |= {race: state, lost: choice}
    after = settled.told({fact: f"${outcome}"})
    return [Exit(choice, "Default", after), *left, *recovered], after


def _caught(
    scope: "Scope", state: State, node: FlowNode, ends: list[tuple[list[str], str]], facts: Facts
) -> list[Exit]:
    """Catch errors with what becomes of the race then; what is left goes where the scope says."""
    fact, outcome = f"n:{node.id}", variable("n", node.id, scope.depth)
    catches: list[State] = [
        {"ErrorEquals": errors, "Assign": {outcome: quoted(record)}} for errors, record in ends
    ]
    exits = [
        Exit(entry, "Next", facts.told({fact: record}))
        for entry, (_, record) in zip(catches, ends, strict=True)
    ]
    scope.guard(state, catches)
    return exits


def _failed(scope: "Scope", node: FlowNode, outcome: str, facts: Facts) -> tuple[str, list[Exit]]:
    """Where a race goes that every arm has lost. A Fail state has no catcher: where somebody
    handles the error, it fails inside a state that has."""
    shared = scope.shared
    name = shared.name(f"{node.id}: failed", "race", node.id)
    fail = {
        "Type": "Fail",
        "Error": quoted(f"${outcome}.r.e"),
        "Cause": quoted(f"${outcome}.r.c"),
    }
    ends = errors_handled(scope.shared, node)
    if not ends and scope.escape is None:
        scope.states[name] = fail
        return name, []
    inner = shared.name(f"{node.id}: fail", "race", node.id)
    state: State = {"Type": "Parallel", "Branches": [{"StartAt": inner, "States": {inner: fail}}]}
    exits = _caught(scope, state, node, ends, facts)
    state["End"] = True
    scope.states[name] = state
    return name, exits


def _arm(scope: "Scope", node: FlowNode, op: Race, arm: int, facts: Facts) -> State:
    """A branch: it fails in order to win; otherwise it ends with its error, or with null."""
    shared, given = scope.shared, _given(scope.shared.program.returned[node.id], arm)
    body = scope.inner()
    error = variable("e", f"{node.id}-{arm}", body.depth)
    region = _region(shared.regions[node.id], op, arm)
    told = child.restored() if region and raises(region, shared.regions) else _ERROR

    def stopped(type_: str, message: str) -> str:
        return shared.render.code(Literal({"e": type_, "c": message}), Facts())

    body.escape = Escape(error, told, stopped)
    inside = facts.told({f"k:{node.id}": str(arm)})
    door: State = {}
    ends, ended = [Exit(door, "StartAt", inside)], inside
    if region is not None:
        ends, ended = body.region(region, ends, inside, shared.usage.ends[node.id])
    connect(ends, _arrival(body, node, arm, given, ended))
    if body.escape.ends:
        lost = shared.name(f"{node.id}: arm {arm} lost", "race", node.id)
        body.states[lost] = {"Type": "Pass", "Output": quoted(f"${error}"), "End": True}
        for end, _ in body.escape.ends:
            end["Next"] = lost
    return {**door, "States": body.states}


def _arrival(body: "Scope", node: FlowNode, arm: int, given: Expr, facts: Facts) -> str:
    """The state behind an arm's last: it has won if something arrives."""
    shared = body.shared
    if given == NULL:
        return _nothing(body, node, arm)
    live, value = _live(given), given
    if isinstance(given, If) and given.otherwise == NULL:
        value = given.then
    text = f"$string({shared.render.code(value, facts)})"
    fits = f"$length({text}) <= {MAX_WON}"
    won = shared.name(f"{node.id}: arm {arm} won", "race", node.id)
    shared.source_map[won]["arm"] = arm
    body.states[won] = {
        "Type": "Fail",
        "Error": quoted(f"{fits} ? '{RACE_WON}' : '{TOO_LARGE}'"),
        "Cause": quoted(f"($won := {text}; $length($won) <= {MAX_WON} ? $won : '{_words(node)}')"),
    }
    if live == TRUE:
        return won
    test = shared.name(f"{node.id}: arm {arm} arrived?", "race", node.id)
    rule = {"Condition": quoted(shared.render.code(live, facts)), "Next": won}
    shared.guards[test] = [live]
    choice = {"Type": "Choice", "Choices": [rule], "Default": _nothing(body, node, arm)}
    body.states[test] = choice
    return test


def _words(node: FlowNode) -> str:
    assert isinstance(node.op, Race)
    return node.op.too_large


def _nothing(body: "Scope", node: FlowNode, arm: int) -> str:
    name = body.shared.name(f"{node.id}: arm {arm} ended", "race", node.id)
    body.states[name] = {"Type": "Pass", "Output": None, "End": True}
    return name


def _given(returned: Expr, arm: int) -> Expr:
    """What one arm gives: `{"v": value}`, or null."""
    match returned:
        case Literal(value=list() as values):
            return Literal(values[arm])
        case Array(items=items):
            return items[arm]
        case _:
            raise Bug("a race gives an array by arm")


def _live(given: Expr) -> Expr:
    """Whether anything arrives."""
    if isinstance(given, If):
        rest = _live(given.otherwise)
        return given.condition if rest == FALSE else Binary("or", given.condition, rest)
    return FALSE if given == NULL else TRUE


def _region(arms: Region | None, op: Race, arm: int) -> Region | None:
    """The states of an arm; an arm may have none."""
    for part in arms.parts if isinstance(arms, Fork) else ():
        if op.arms[stated_in(part)[0]] == arm:
            return part
    return None
