"""The last choice of a scope as a Map over one item or none.

A Choice cannot end its scope, so where none of its arms runs a Pass would have to. A Map can: with
no items it is one transition, and with one item it costs what the Choice would have cost.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from weft.compiler.emit.choosing import Choosing
from weft.compiler.emit.fragment import Exit, Facts, State, connect
from weft.compiler.emit.naming import variable
from weft.compiler.emit.render import quoted
from weft.compiler.schedule.diagrams import Diagram, Diagrams
from weft.compiler.schedule.regions import (
    Choose,
    Fork,
    Region,
    Seq,
    marks_in,
    outcomes_of,
    outlines,
    stated_in,
)

if TYPE_CHECKING:
    from weft.compiler.emit.scope import Scope

_MOST_COPIED = 3  # nodes


def gathered(parts: tuple[Region, ...], known: Diagram, diagrams: Diagrams) -> tuple[Region, ...]:
    """The parts with which a scope ends, those in one arm of which nothing runs where a choice
    before them is skipped. `known` holds where the first of them starts."""
    for position, first in enumerate(parts[:-1]):
        if not isinstance(first, Choose) or first.covers or len(first.arms) > 1:
            continue
        (arm,), rest = first.arms, parts[position + 1 :]
        if arm.guard is not None and all(
            _within(part, diagrams.both(known, arm.guard), known, diagrams) for part in rest
        ):
            inside = arm.body.parts if isinstance(arm.body, Seq) else (arm.body,)
            whole = Choose((replace(arm, body=Seq((*inside, *rest))),), covers=False)
            return (*parts[:position], whole)
    return parts


def _within(part: Region, guard: Diagram, known: Diagram, diagrams: Diagrams) -> bool:
    """Whether nothing of the part runs where the guard does not hold."""
    return (
        isinstance(part, Choose)
        and not part.covers
        and all(
            arm.guard is not None and diagrams.implies(diagrams.both(known, arm.guard), guard)
            for arm in part.arms
        )
    )


def replaceable(scope: "Scope", choosing: Choosing) -> bool:
    """Whether a Map costs less than a choice at the end of the scope.

    An arm that begins with a choice would pay for it; as rules of the outer choice it is free. An
    arm that ends come to by another choice as well is made twice, if it is small.
    """
    arms = choosing.region.arms
    if not scope.shared.maps or scope.entering or len(arms) > 1 or any(marks_in(choosing.region)):
        return False
    first = arms[0].body
    if choosing.leading[0] and not _small(scope, first):
        return False
    while isinstance(first, Seq):
        first = first.parts[0]
    if isinstance(first, Fork):
        return scope.hoisted(first) is None
    return not isinstance(first, Choose)


def _small(scope: "Scope", region: Region) -> bool:
    nodes = stated_in(region)
    if len(nodes) > _MOST_COPIED or any(outlines(region)):
        return False
    return not any(map(scope.shared.program.is_counted, nodes))


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
    body = scope.inner().branch(arm.body, inside, kept)
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
