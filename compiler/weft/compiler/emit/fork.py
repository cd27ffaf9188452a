"""Branches that run at the same time, as a Parallel state."""

from typing import TYPE_CHECKING

from weft.compiler.emit.fragment import Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.schedule.regions import Region, first_of, outcomes_of, stated_in

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def emit_fork(
    scope: "Scope", parts: tuple[Region, ...], exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """Branches beside each other; behind them, what they recorded is in variables."""
    if scope.entering:
        exits, facts = scope.after_item(exits, facts)
    settled = scope.settled(facts)
    nodes = [name for part in parts for name in stated_in(part)]
    name = scope.shared.name(f"fork {scope.shared.drawn(first_of(parts[0]))}", "parallel", *nodes)
    connect(exits, name)
    branches, here, after = [], {}, {}
    assign = {}
    for index, part in enumerate(parts):
        # What one branch was only told of, the branch that it is from gives itself.
        own = {*stated_in(part), *(set(outcomes_of(part)) - set(nodes))}
        given = [node for node in outcomes_of(part) if node in own]
        kept = scope.kept(given, scope.shared.usage.span(part)[1])
        branch = scope.inner()
        branches.append(branch.branch(part, settled, kept))
        for node in kept:
            key, fact = variable("n", node, 0), f"n:{node}"
            here[fact] = f"$states.result[{index}].{key}"
            held = variable("n", node, scope.depth)
            assign[held], after[fact] = quoted(here[fact]), f"${held}"
    state: State = {"Type": "Parallel", "Branches": branches}
    end = Exit(state, "Next", settled.told(here), ends=True)
    end.assign(assign)
    scope.guard(state, [])
    scope.states[name] = state
    return [end], settled.told(after)
