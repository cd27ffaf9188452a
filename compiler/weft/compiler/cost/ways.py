"""The ways a run can take through its decisions, with how likely and how long each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from weft.compiler.cost.chances import Chances
from weft.compiler.cost.reach import CAUGHT, LATE, Entered
from weft.compiler.schedule.diagrams import Diagram, Outcome

MOST = 24


@dataclass(frozen=True, slots=True)
class Way:
    """`decided`: (node, outcome) in order; `share` of the runs; `transitions` that are billed."""

    decided: tuple[tuple[str, Outcome], ...]
    share: float
    transitions: float


def ways(
    entered: Sequence[Entered], fired: Mapping[str, Diagram], chances: Chances, most: int = MOST
) -> list[Way]:
    """The likeliest ways, those of at most `most` that differ in what was decided outside loops.

    `entered`: the states that are billed; `fired`: when each node fires. Where there would be more
    ways than that, later decisions are left open and their ways averaged.
    """
    diagrams = chances.diagrams
    asked = [
        (variable, name)
        for variable, name in enumerate(diagrams.names)
        if isinstance(name, tuple)
        and name[0] in fired
        and not chances.flow.nodes[name[0]].scope
        and name[1] not in (CAUGHT, LATE)
    ]
    found: list[tuple[dict[int, int], tuple[tuple[str, Outcome], ...], float]] = [({}, (), 1.0)]
    for variable, (node, port) in asked:
        split: list[tuple[dict[int, int], tuple[tuple[str, Outcome], ...], float]] = []
        for given, decided, share in found:
            if chances.probability(fired[node], given) == 0:
                split.append((given, decided, share))
                continue
            label = f"{node}.{port}" if port else node
            for k, chance in enumerate(chances.of(variable)):
                if chance:
                    outcome = diagrams.domains[variable][k]
                    way = ({**given, variable: k}, (*decided, (label, outcome)), share * chance)
                    split.append(way)
        if len(split) > most:
            break
        found = split
    told = [
        Way(
            decided,
            share,
            sum(chances.probability(one.when, given) * chances.times(one.loops) for one in entered),
        )
        for given, decided, share in found
    ]
    return sorted(told, key=lambda way: -way.share)
