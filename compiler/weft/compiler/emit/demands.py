"""What a call demands of its inputs: a choice with a way to fail for each demand."""

from typing import TYPE_CHECKING

from weft.compiler.emit.fragment import Choice, Exit, Facts, State, connect
from weft.compiler.emit.render import quoted
from weft.compiler.lower.logic import FALSE
from weft.ir.flow import FlowNode
from weft.ir.ops import WRONG_INPUT, Require

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def emit_demands(
    scope: "Scope", node: FlowNode, op: Require, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """The states; `exits` lead to them, `facts` is how facts read where they start."""
    shared = scope.shared
    name = shared.name(f"{node.id}: inputs", "choice", node.id)
    connect(exits, name)
    entering = scope.take_entering()
    state: State = {"Type": "Choice", "Choices": []}
    scope.states[name] = state
    choice = Choice(state, [])
    shared.guards[name] = choice.guards
    for demand in op.demands:
        rule: State = {"Condition": quoted(shared.render.code(demand.broken, facts))}
        if entering:
            rule["Assign"] = dict(entering)
        wrong = (f"{node.id}: wrong input", "choice", node.id)
        scope.stop(rule, (WRONG_INPUT, demand.message), wrong)
        state["Choices"].append(rule)
        choice.guards.append(FALSE)  # costs are counted for inputs that fit
    end = Exit(state, "Default", facts, choice=choice)
    end.assign(entering)
    return [end], scope.settled(facts)
