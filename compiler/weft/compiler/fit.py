"""Emit a program so that each of its machines is within the limits of a machine."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from weft.asl.printer import compact
from weft.compiler.emit.emit import Emitted, emit, result
from weft.compiler.lower.closure import Facts
from weft.compiler.options import Limits
from weft.compiler.plan import Plan
from weft.compiler.schedule.regions import Region, outlines
from weft.compiler.schedule.split import Splitter, events_of
from weft.ir.flow import TOP

# Sizes are estimated from the whole machine; its parts may come out a little larger.
_SHARES: Final = (0.9, 0.7, 0.5, 0.3, 0.15)

Regions = Mapping[str, Region | None]


def fitting(planned: Plan, made: Emitted, limits: Limits) -> tuple[Regions, Emitted]:
    """The regions, cut where they have to be, and what they become; `made`: without a cut.

    Where cutting does not help, or there is nothing to cut, as in a single state that is too
    large, what is returned is still too large.
    """
    program, regions = planned.program, planned.regions
    if _fits(made, regions, limits):
        return regions, made
    sizes, output = _sizes(made), Facts(program.definitions).under(result(program))
    best = (regions, made)
    for share in _SHARES:
        cut = Splitter(program, regions, sizes, limits, share).split(output)
        made = emit(program, cut, planned.conditions, made.claims)
        if _largest(made) < _largest(best[1]) or len(made.children) > len(best[1].children):
            best = (cut, made)
        if _fits(made, cut, limits):
            break
    return best


def _fits(made: Emitted, regions: Regions, limits: Limits) -> bool:
    if _largest(made) > limits.definition:
        return False
    top = regions[TOP]
    if top is None:
        return True
    machines = [top, *(found.body for found in outlines(top) if found.type == "STANDARD")]
    return all(events_of(region, regions) <= limits.events for region in machines)


def _largest(made: Emitted) -> int:
    return max(len(compact(definition)) for definition in made.definitions())


def _sizes(made: Emitted) -> dict[str, int]:
    """Characters by the first node of each state; states inside a state count for themselves."""
    found: dict[str, int] = {}
    for definition in made.definitions():
        for name, state in _states(definition):
            nodes = made.states[name]["nodes"]
            if nodes:
                found[nodes[0]] = found.get(nodes[0], 0) + len(name) + len(compact(state)) + 6
    return found


def _states(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in block["States"].items():
        inner = [*state.get("Branches", ()), state.get("ItemProcessor")]
        for part in inner:
            if part is not None:
                yield from _states(part)
        yield name, {k: v for k, v in state.items() if k not in ("Branches", "ItemProcessor")}
