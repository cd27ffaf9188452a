"""A region as a machine of its own, seen from the machine that starts it."""

from typing import TYPE_CHECKING

from weft.asl.printer import compact
from weft.compiler.emit import child
from weft.compiler.emit.fragment import Exit, Facts, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import path_of, quoted
from weft.compiler.schedule.regions import Outline, outcomes_of, stated_in
from weft.domain.child_machine import ChildMachine

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope


def emit_outline(
    scope: "Scope", region: Outline, exits: list[Exit], facts: Facts
) -> tuple[list[Exit], Facts]:
    """Start the region's machine and wait for it."""
    shared, nodes = scope.shared, stated_in(region)
    kept = scope.kept(outcomes_of(region), shared.usage.span(region)[1])
    name = shared.name(region.name, "child", *nodes)
    connect(exits, name)
    around, shared.machine = shared.machine, region.name
    body = type(scope)(shared, watched=True).branch(region.body, child.inside(facts), kept)
    shared.machine = around
    definition = {"QueryLanguage": "JSONata", **body}
    shared.children[region.name] = ChildMachine(region.type, definition)
    loop = shared.program.flow.nodes[nodes[0]].scope
    path = path_of(shared.program.flow, loop, facts) if loop else ""
    state = child.starting(region.type, region.name, compact(definition), facts, path)
    given = child.outcomes(region.type, kept)
    held = {f"n:{node}": variable("n", node, scope.depth) for node in kept}
    end = Exit(state, "Next", facts.told(given), ends=True)
    end.assign({**scope.take_entering(), **{held[fact]: quoted(given[fact]) for fact in held}})
    if not kept:
        end.assign(child.looked_at(region.type, region.name))
    scope.guard_raising(state)
    scope.states[name] = state
    return [end], scope.settled(facts).told({fact: f"${text}" for fact, text in held.items()})
