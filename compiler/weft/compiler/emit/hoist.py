"""Choose before a fork, so that no branch is entered only to find that nothing of it runs.

`Fork[If a {X}, If b {Y}]` becomes a choice over `a and b` with the fork, `a` with X alone and `b`
with Y alone; states are made once per arm they are in, so only small forks are worth it.
"""

from collections.abc import Callable
from itertools import combinations

from weft.compiler.lower.logic import TRUE
from weft.compiler.schedule.diagrams import Diagram, Diagrams
from weft.compiler.schedule.regions import Arm, Choose, Fork, Region, marks_in, outlines, stated_in
from weft.expressions.ast import Binary, Expr

_MOST_GUARDED = 2
_MOST_NODES = 20


def hoisted(fork: Fork, diagrams: Diagrams, single: Callable[[str], bool]) -> Choose | None:
    """The choice in place of the fork; None where it saves nothing or costs too much text.

    `single`: whether a node's states are made once. So are machines of their own, and futures.
    """
    guarded = [part for part in fork.parts if _guard(part) is not None]
    certain = tuple(part for part in fork.parts if _guard(part) is None)
    if not guarded or len(guarded) > _MOST_GUARDED or len(certain) > 1:
        return None
    nodes = stated_in(fork)
    if len(nodes) > _MOST_NODES or any(map(single, nodes)):
        return None
    if any(outlines(fork)) or any(marks_in(fork)):
        return None
    arms = []
    for count in range(len(guarded), 0, -1):
        for some in combinations(guarded, count):
            when, guard = _all(some, diagrams)
            if guard is not False:
                arms.append(Arm(when, _together((*some, *certain), fork), guard))
    if certain:
        arms.append(Arm(TRUE, certain[0], True))
    return Choose(tuple(arms), covers=bool(certain))


def _guard(part: Region) -> tuple[Expr, tuple[Diagram, ...]] | None:
    """When anything of the part runs; None where that is always, or where it cannot be told."""
    if not isinstance(part, Choose) or part.covers:
        return None
    when, guards = part.arms[0].when, []
    for arm in part.arms:
        if arm.guard is None:
            return None
        when = when if arm is part.arms[0] else Binary("or", when, arm.when)
        guards.append(arm.guard)
    return when, tuple(guards)


def _all(parts: tuple[Region, ...], diagrams: Diagrams) -> tuple[Expr, Diagram]:
    """When something of every part runs."""
    whens: list[Expr] = []
    total: Diagram = True
    for part in parts:
        guarded = _guard(part)
        assert guarded is not None
        some: Diagram = False
        for guard in guarded[1]:
            some = diagrams.either(some, guard)
        whens.append(guarded[0])
        total = diagrams.both(total, some)
    result = whens[0]
    for when in whens[1:]:
        result = Binary("and", result, when)
    return result, total


def _together(parts: tuple[Region, ...], fork: Fork) -> Region:
    """Parts in the order of the fork; a single one without a fork."""
    kept = tuple(part for part in fork.parts if any(part is one for one in parts))
    bodies = tuple(_inside(part) for part in kept)
    return bodies[0] if len(bodies) == 1 else Fork(bodies)


def _inside(part: Region) -> Region:
    """What runs of a part once it is known that something does."""
    if isinstance(part, Choose) and not part.covers:
        return part.arms[0].body if len(part.arms) == 1 else Choose(part.arms, covers=True)
    return part
