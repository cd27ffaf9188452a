"""The families of random graphs: probes, which try the wiring, and the real node types."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from weft.nodekit.catalogue import Catalogue
from weft.nodes.catalogue import NodeCatalogue
from weft.validation.oracle import Answers
from weft.validation.probes import ProbeCatalogue
from weft.validation.random_crossings import crossing_graph
from weft.validation.random_graphs import random_answers, random_graph, random_trigger
from weft.validation.random_loops import PROBE_KINDS, REAL_KINDS, with_loops
from weft.validation.random_races import PROBE_KINDS as PROBE_RACERS
from weft.validation.random_races import REAL_KINDS as REAL_RACERS
from weft.validation.random_races import with_races
from weft.validation.real_graphs import real_graph, real_trigger
from weft.validation.real_values import answers
from weft.validation.shrink import Graph


@dataclass(frozen=True, slots=True)
class Family:
    """Graphs by seed and size, envelopes by seed and graph, and what their effects answer."""

    catalogue: Catalogue
    graph: Callable[[int, int | None], Graph]
    trigger: Callable[[int, Graph], dict[str, Any]]
    answers: Answers


PROBES = Family(ProbeCatalogue(), random_graph, random_trigger, random_answers)
REAL = Family(NodeCatalogue(), real_graph, real_trigger, answers)
CROSSINGS = replace(PROBES, graph=crossing_graph)
LOOPS = replace(
    PROBES, graph=lambda seed, size: with_loops(
        random_graph(seed, size), seed, PROBES.catalogue, PROBE_KINDS
    ),
)  # fmt: skip
RACES = replace(
    PROBES, graph=lambda seed, size: with_races(
        random_graph(seed, size), seed, PROBES.catalogue, PROBE_RACERS
    ),
)  # fmt: skip
REAL_RACES = replace(
    REAL, graph=lambda seed, size: with_races(
        real_graph(seed, size), seed, REAL.catalogue, REAL_RACERS
    ),
)  # fmt: skip
REAL_LOOPS = replace(
    REAL, graph=lambda seed, size: with_loops(
        real_graph(seed, size), seed, REAL.catalogue, REAL_KINDS
    ),
)  # fmt: skip
