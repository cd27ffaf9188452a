"""Runs of one graph in one lowering, each against the reference interpreter, and their counts."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from weft.asl.printer import compact
from weft.bench.catalogue import class_of
from weft.bench.corpus import Sample
from weft.bench.family import family
from weft.bench.run_span import RunSpan
from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.options import Lowering, Options
from weft.compiler.plan import Plan, plan
from weft.compiler.schedule.conditions import Conditions
from weft.domain.errors import CompileError, Severity
from weft.engine.errors import DefinitionInvalid
from weft.engine.events import HistoryEvent
from weft.ir.flow import Flow
from weft.ir.ops import Invoke, Sleep, Start
from weft.semantics.answers import Activation
from weft.semantics.facts import Status
from weft.validation.comparison import Compared, compare
from weft.validation.differential import CRASHES, FAILURES, Differential
from weft.validation.host import OracleHost

_FIRED = frozenset({Status.SUCCESS, Status.ERROR})
SPREAD = 0.8  # sigma of the lognormal durations (design §7)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function: the class of the node that makes it, and how long it takes."""

    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What one run without failures took.

    `live`: activations of user nodes that fired; triggers and disabled nodes are none.
    `known`, `uncertain`: span ÷ ideal, with the durations of the classes and with drawn ones.
    """

    live: int
    transitions: int  # states entered
    retries: int
    calls: tuple[Call, ...]  # of functions, all that are no pure state
    pure_states: int
    known: float | None
    uncertain: tuple[float, ...]


@dataclass(slots=True)
class Measured:
    """One graph in one lowering. `refused`: codes of its compile errors."""

    name: str
    nodes: int = 0
    bytes: int = 0
    compile_seconds: float = 0.0
    refused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # nodes that can run and are in no state
    differences: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    runs: int = 0
    counted: list[Counted] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether it compiles, is all there, and does what it means."""
        return not (self.refused or self.missing or self.differences)


@dataclass(frozen=True, slots=True)
class Trial:
    """How graphs are measured: `seconds` by class; `draws` of uncertain durations per run."""

    options: Options
    seconds: Mapping[str, float]
    runs: int = 6
    seed: int = 0
    draws: int = 10


async def measure(host: OracleHost, sample: Sample, trial: Trial) -> Measured:
    """Compile a graph, run it, compare the runs, count."""
    found = Measured(sample.name, nodes=len(sample.document["nodes"]))
    held = family(sample.document)
    began = perf_counter()
    try:
        artefact = compile_workflow(sample.document, held.catalogue, options=trial.options)
    except CompileError as error:
        severe = {d.code for d in error.diagnostics if d.severity is Severity.ERROR}
        found.refused = tuple(sorted(severe))
        return found
    except CRASHES as crash:
        found.refused = (type(crash).__name__,)
        return found
    found.compile_seconds = perf_counter() - began
    found.bytes, found.nodes = len(compact(artefact.definition)), len(artefact.flow.nodes)
    found.missing = _missing(artefact)
    try:
        machine = host.load(artefact)
    except DefinitionInvalid as refusal:
        found.refused = (f"DefinitionInvalid: {refusal}",)
        return found
    work = _Runs(artefact, plan(artefact.flow, trial.options), sample, trial, host)
    differential = Differential(host, held, options=trial.options)
    for number in range(trial.runs):
        # Runs with failures are compared; those without are counted too.
        failures = FAILURES[number % len(FAILURES)]
        seed = trial.seed * trial.runs + number
        oracle = differential.oracle(artefact.flow, seed, failures)
        fired_by = held.trigger(seed, sample.document)
        compared = await compare(host, artefact.flow, machine, fired_by, oracle)
        found.runs += 1
        if compared.differences:
            found.differences.append((seed, tuple(compared.differences)))
        elif not failures:
            found.counted.append(work.count(compared, seed))
    return found


def _missing(artefact: Artefact) -> tuple[str, ...]:
    """Effects that can run and have no state.

    What a node without an effect comes to follows from the others; that it does is part of the
    comparison of every run.
    """
    conditions = Conditions(artefact.flow)
    held = {name for state in artefact.source_map["states"].values() for name in state["nodes"]}
    return tuple(
        node.id
        for node in artefact.flow.nodes.values()
        if isinstance(node.op, Invoke | Sleep)
        and node.id not in held
        and conditions.fired(node.id) is not False
        and (not node.scope or conditions.fired(node.scope) is not False)
    )


@dataclass(slots=True)
class _Runs:
    artefact: Artefact
    plan: Plan
    sample: Sample
    trial: Trial
    host: OracleHost

    def count(self, compared: Compared, seed: int) -> Counted:
        flow = self.artefact.flow
        events = self.host.history(compared.played)
        entered = [event for event in events if event.type.endswith("StateEntered")]
        steps = list(self._steps(entered))
        tries = list(_tries(events, "Scheduled"))
        tasks = sum(event.type == "TaskStateEntered" for event in entered)
        off = {node["id"] for node in self.sample.document["nodes"] if node.get("disabled")}
        fired = {at for at, status in compared.outcome.statuses.items() if status in _FIRED}
        live = [
            at for at in fired if not isinstance(flow.nodes[at[0]].op, Start) and at[0] not in off
        ]
        return Counted(
            live=len(live),
            transitions=len(entered),
            retries=len(tries) - tasks,
            calls=tuple(self._calls(events)),
            pure_states=sum(
                not isinstance(flow.nodes[node].op, Invoke | Sleep) and kind == "PassStateEntered"
                for node, kind in steps
            ),
            known=self._inflation(flow, fired, None),
            uncertain=tuple(self._drawn(flow, fired, seed)),
        )

    def _steps(self, entered: list[HistoryEvent]) -> Iterator[tuple[str, str]]:
        states = self.artefact.source_map["states"]
        for event in entered:
            state = states[event.details["name"]]
            if state["role"] == "step":
                yield state["nodes"][0], event.type

    def _calls(self, events: list[HistoryEvent]) -> Iterator[Call]:
        flow = self.artefact.flow
        for event in _tries(events, "Scheduled"):
            if event.details.get("resourceType", "lambda") != "lambda":
                continue
            node = event.details["parameters"]["node_id"]
            kind = class_of(flow.nodes[node].type)
            yield Call(kind, self.trial.seconds.get(kind, 0.0))

    def _inflation(
        self, flow: Flow, fired: set[Activation], dice: random.Random | None
    ) -> float | None:
        drawn: dict[Activation, float] = {}

        def seconds(at: Activation) -> float:
            if at not in drawn:
                mean = self.trial.seconds.get(class_of(flow.nodes[at[0]].type), 0.0)
                shift = -SPREAD * SPREAD / 2  # so that the mean stays
                drawn[at] = mean * (dice.lognormvariate(shift, SPREAD) if dice else 1.0)
            return drawn[at]

        for at in sorted(fired):
            seconds(at)
        span = RunSpan(flow, fired, seconds)
        ideal = span.ideal()
        return span.planned(self.plan) / ideal if ideal > 0 else None

    def _drawn(self, flow: Flow, fired: set[Activation], seed: int) -> Iterator[float]:
        for draw in range(self.trial.draws):
            dice = random.Random(f"{self.sample.name}/{seed}/{draw}")  # noqa: S311 - repeatable
            value = self._inflation(flow, fired, dice)
            if value is not None:
                yield value


def _tries(events: list[HistoryEvent], ending: str) -> Iterator[HistoryEvent]:
    return (event for event in events if event.type.endswith(ending))


def lowerings(names: tuple[str, ...]) -> list[Lowering]:
    """The lowerings of those names; all that are compared where none is named."""
    if names:
        return [Lowering(name) for name in names]
    return [
        Lowering.NAIVE_LAYERS, Lowering.SEQUENCE, Lowering.HANDWRITTEN, Lowering.OPTIMAL,
    ]  # fmt: skip
