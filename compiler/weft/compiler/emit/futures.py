"""The states with which one branch tells another what it came to, and in which that one waits."""

from typing import TYPE_CHECKING, Any

from weft.asl import token_item
from weft.compiler.emit.fragment import Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.schedule.tree import Await, Future, Tell

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope

_RETRY = [
    {
        "ErrorEquals": list(token_item.PASSING),
        "IntervalSeconds": 1,
        "MaxAttempts": 5,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    }
]


def emit_tell(
    scope: "Scope", region: Tell, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """Set the value; where the other branch waits already, answer its token."""
    future = region.future
    value = {variable("n", name, 0): quoted(facts[f"n:{name}"]) for name in future.carries}
    tells, gives, answers = (
        _name(scope, future, f"{scope.shared.drawn(future.source)}: {what}")
        for what in ("tell", "tell who waits", "answer")
    )
    connect(exits, tells)
    first = _task(token_item.UPDATE, token_item.telling(future.name, value))
    first["Catch"] = [{"ErrorEquals": [token_item.REFUSED], "Next": gives}]
    given = _task(
        token_item.UPDATE, token_item.telling(future.name, value, despite=True), Next=answers
    )
    last = _task(token_item.ANSWER, token_item.answering(value))
    late: State = {"ErrorEquals": [token_item.ANSWERED]}
    last["Catch"] = [late]
    scope.states.update({tells: first, gives: given, answers: last})
    scope.shared.futures[tells] = future.name
    ends = [Exit(state, "Next", facts, ends=True) for state in (first, last)]
    return [*ends, Exit(late, "Next", facts)], facts


def emit_await(
    scope: "Scope", region: Await, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """Leave a token, unless the value is there to be read."""
    future = region.future
    waits, reads = (
        _name(scope, future, f"{scope.shared.drawn(future.target)}: {what}")
        for what in ("await", "read")
    )
    connect(exits, waits)
    first = _task(token_item.UPDATE_AND_WAIT, token_item.waiting(future.name))
    first["Catch"] = [{"ErrorEquals": [token_item.REFUSED], "Next": reads}]
    read = _task(token_item.GET, token_item.reading(future.name))
    scope.states.update({waits: first, reads: read})
    scope.shared.futures[waits] = future.name
    held = {name: variable("n", name, scope.depth) for name in future.carries}
    left: list[Exit] = []
    text = f"$parse($states.result.Item.{token_item.VALUE}.S)"
    for state, result in ((first, "$states.result"), (read, text)):
        here = {f"n:{name}": f"{result}.{variable('n', name, 0)}" for name in future.carries}
        end = Exit(state, "Next", facts.told(here), ends=True)
        end.assign({held[name]: quoted(here[f"n:{name}"]) for name in future.carries})
        left.append(end)
    return left, facts.told({f"n:{name}": f"${text}" for name, text in held.items()})


def _name(scope: "Scope", future: Future, wanted: str) -> str:
    return scope.shared.name(wanted, "future", future.source, future.target)


def _task(resource: str, arguments: dict[str, Any], **ends: str) -> State:
    state: State = {"Type": "Task", "Resource": resource, "Arguments": arguments, **ends}
    if resource != token_item.ANSWER:
        state["Retry"] = _RETRY
    return state
