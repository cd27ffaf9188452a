"""The last choice of a scope as a Map over one item or none.

A Choice cannot end its scope, so where none of its arms runs a Pass would have to. A Map can: with
no items it is one transition, and with one item it costs what the Choice would have cost.
"""

from typing import TYPE_CHECKING

from weft.compiler.emit.choosing import Choosing
from weft.compiler.emit.fragment import Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.schedule.regions import Choose, Fork, Seq, outcomes_of, stated_in

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def replaceable(scope: "Scope", choosing: Choosing) -> bool:
    """Whether a Map costs less than a choice at the end of the scope: one that no end passes by.

    An arm that begins with a choice would pay for it; as rules of the outer choice it is free.
    """
    arms = choosing.region.arms
    if not scope.shared.maps or scope.entering or len(arms) > 1 or choosing.leading[0]:
        return False
    first = arms[0].body
    while isinstance(first, Seq):
        first = first.parts[0]
    if isinstance(first, Fork):
        return scope.hoisted(first) is None
    return not isinstance(first, Choose)


def emit_conditional(
    scope: "Scope", region: Choose, exits: list[Exit], facts: Facts, inside: Facts
) -> Exit:
    """The one arm of a choice that nothing follows; `inside`: how facts read in the arm."""
    shared, (arm,) = scope.shared, region.arms
    nodes = list(dict.fromkeys(stated_in(region)))
    name = shared.name(f"{shared.drawn(nodes[0])}?", "choice", *nodes)
    connect(exits, name)
    shared.guards[name] = [arm.when]
    kept = scope.kept(outcomes_of(arm.body), shared.usage.span(arm.body)[1])
    body = type(scope)(shared, scope.depth + 1).branch(arm.body, inside, kept)
    state: State = {
        "Type": "Map",
        "Items": quoted(f"{shared.render.code(arm.when, facts)} ? [1] : []"),
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **body},
    }
    scope.guard(state, [])
    scope.states[name] = state
    left = "$states.result[0]"
    given = {
        f"n:{node}": f"($exists({left}) ? {left}.{variable('n', node, 0)} : null)" for node in kept
    }
    return Exit(state, "Next", facts.told(given), ends=True)
