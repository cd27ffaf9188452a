"""The families of random graphs: probes, which try the wiring, and the real node types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from weft.domain.graph import GraphDoc
from weft.nodekit.catalogue import Catalogue
from weft.nodes.catalogue import NodeCatalogue
from weft.validation import random_calls
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
    """Graphs by seed and size, envelopes by seed and graph, what their effects answer, and the
    workflows that a graph calls."""

    catalogue: Catalogue
    graph: Callable[[int, int | None], Graph]
    trigger: Callable[[int, Graph], dict[str, Any]]
    answers: Answers
    workflows: Callable[[Graph], Mapping[str, GraphDoc]] = lambda _: {}


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
_PROBE_CALLS = random_calls.Kinds(
    graph=lambda seed, size: random_calls.declaring(
        (LOOPS if seed % 3 == 0 else PROBES).graph(seed, size), seed
    ),
    catalogue=PROBES.catalogue,
    call="probe_run",
    trigger="probe_start",
    declares="probe_takes",
    replaced=("probe_call", "probe_pure", "probe_sleep"),
)
_REAL_CALLS = random_calls.Kinds(
    graph=lambda seed, size: (REAL_LOOPS if seed % 3 == 0 else REAL).graph(seed, size),
    catalogue=REAL.catalogue,
    call="run_workflow",
    trigger="manual_trigger",
    declares="input",
    replaced=("log", "delay", "set_fields", "template"),
)
CALLS = replace(
    PROBES,
    graph=lambda seed, size: random_calls.with_calls(
        (RACES if seed % 4 == 3 else LOOPS if seed % 4 else PROBES).graph(seed, size),
        seed, _PROBE_CALLS,
    ),
    workflows=lambda graph: random_calls.workflows(graph, _PROBE_CALLS),
)  # fmt: skip
REAL_CALLS = replace(
    REAL,
    graph=lambda seed, size: random_calls.with_calls(
        (REAL_LOOPS if seed % 2 else REAL).graph(seed, size), seed, _REAL_CALLS
    ),
    workflows=lambda graph: random_calls.workflows(graph, _REAL_CALLS),
)  # fmt: skip
