"""Run one after the other what gains next to nothing from running at the same time.

A Parallel state is a transition, which is billed on every run and takes time itself; two states
that compute something at once are not worth it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from weft.compiler.schedule.regions import Choose, Do, Fork, Fused, Outline, Region, Seq, marks_in
from weft.compiler.schedule.tree import Await, Tell

TOLERANCE: Final = 0.020  # seconds that a Parallel state must save


def deparallelise(
    region: Region, seconds: Mapping[str, float], tolerance: float = TOLERANCE
) -> Region:
    """The region without the forks that save less than `tolerance`, innermost first.

    What is judged is the fork alone, not whether something longer runs beside it: a fork in the
    shadow of a person's answer counts on the day the answer is quick.
    """
    return _without(region, seconds, tolerance)[0]


def _without(
    region: Region, seconds: Mapping[str, float], tolerance: float
) -> tuple[Region, float]:
    """The region, and its seconds at most."""
    match region:
        case Do(node=node):
            return region, seconds[node]
        case Tell() | Await():
            return region, 0.0
        case Choose(arms=arms):
            bodies = [_without(arm.body, seconds, tolerance) for arm in arms]
            kept = tuple(
                replace(arm, body=body) for arm, (body, _) in zip(arms, bodies, strict=True)
            )
            return replace(region, arms=kept), max(span for _, span in bodies)
        case Outline(body=body):
            kept_body, span = _without(body, seconds, tolerance)
            return replace(region, body=kept_body), span
        case Fused(parts=parts):
            return region, sum(seconds[part.node] for part in parts)
        case Seq(parts=parts):
            built = [_without(part, seconds, tolerance) for part in parts]
            return _one_by_one([part for part, _ in built]), sum(span for _, span in built)
        case Fork(parts=parts):
            built = [_without(part, seconds, tolerance) for part in parts]
            spans = [span for _, span in built]
            # Branches that wait for each other must all start.
            if sum(spans) - max(spans) < tolerance and not any(marks_in(region)):
                # The long one last: nothing short waits for it, and what fails early spares it.
                built.sort(key=lambda pair: pair[1])
                return _one_by_one([part for part, _ in built]), sum(spans)
            return Fork(tuple(part for part, _ in built)), max(spans)


def _one_by_one(parts: list[Region]) -> Region:
    flat: list[Region] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Seq) else (part,))
    return Seq(tuple(flat))
