"""Runs of one graph in one lowering, each against the reference interpreter, and their counts."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import process_time

from weft.asl.printer import compact
from weft.bench.catalogue import class_of
from weft.bench.corpus import Sample
from weft.bench.counts import Use, use_of
from weft.bench.family import family
from weft.bench.run_span import RunSpan
from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.options import Options
from weft.compiler.plan import Plan, plan
from weft.compiler.schedule.conditions import Conditions
from weft.domain.errors import CompileError, Severity
from weft.engine.errors import DefinitionInvalid
from weft.ir.ops import Invoke, Repeat, Sleep
from weft.semantics.answers import Activation
from weft.semantics.facts import Status
from weft.validation.comparison import Compared, compare
from weft.validation.differential import CRASHES, FAILURES, Differential
from weft.validation.host import OracleHost

_FIRED = frozenset({Status.SUCCESS, Status.ERROR})
SPREAD = 0.8  # sigma of the lognormal durations (design §7)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one run without failures took.

    `live`: activations of user nodes that fired; triggers and disabled nodes are none.
    `known`, `uncertain`: span ÷ ideal, with the durations of the classes and with drawn ones;
    absent where nothing takes time.
    """

    live: int
    use: Use
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
    began = process_time()
    try:
        artefact = compile_workflow(sample.document, held.catalogue, options=trial.options)
    except CompileError as error:
        severe = {d.code for d in error.diagnostics if d.severity is Severity.ERROR}
        found.refused = tuple(sorted(severe))
        return found
    except CRASHES as crash:
        found.refused = (type(crash).__name__,)
        return found
    found.compile_seconds = process_time() - began
    children = (child.definition for child in artefact.children.values())
    found.bytes = sum(len(compact(made)) for made in (artefact.definition, *children))
    found.nodes = len(artefact.flow.nodes)
    found.missing = _missing(artefact)
    try:
        machine = host.load(artefact)
    except DefinitionInvalid as refusal:
        found.refused = (f"DefinitionInvalid: {refusal}",)
        return found
    planned = plan(Conditions(artefact.flow), trial.options)
    work = _Runs(artefact, planned, sample, trial, host)
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
        elif not failures and compared.outcome.status == "completed":
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
    """Counts runs of one artefact."""

    artefact: Artefact
    plan: Plan
    sample: Sample
    trial: Trial
    host: OracleHost

    def count(self, compared: Compared, seed: int) -> Counted:
        """One run that was compared just now."""
        statuses = compared.outcome.statuses
        fired = {at for at, status in statuses.items() if status in _FIRED}
        users = {
            node["id"]
            for node in self.sample.document["nodes"]
            if not node.get("disabled") and node["type"] != "bench_trigger"
        }
        # A loop that is drawn by its way back has a node of its own, which nobody drew.
        drawn = [
            at
            for at in fired
            if at[0] in users and not isinstance(self.artefact.flow.nodes[at[0]].op, Repeat)
        ]
        histories = self.host.histories(compared.played)
        return Counted(
            live=len(drawn),
            use=use_of(self.artefact, histories, self.trial.seconds),
            known=self._inflation(fired, None),
            uncertain=tuple(self._drawn(fired, seed)),
        )

    def _inflation(self, fired: set[Activation], dice: random.Random | None) -> float | None:
        seconds = {at: self._seconds(at, dice) for at in sorted(fired)}
        span = RunSpan(self.artefact.flow, fired, seconds.__getitem__)
        ideal = span.ideal()
        return span.planned(self.plan) / ideal if ideal > 0 else None

    def _seconds(self, at: Activation, dice: random.Random | None) -> float:
        node = self.artefact.flow.nodes[at[0]]
        if not isinstance(node.op, Invoke | Sleep):  # a disabled node is none either
            return 0.0
        mean = self.trial.seconds.get(class_of(node.type), 0.0)
        if dice is None:
            return mean
        return mean * dice.lognormvariate(-SPREAD * SPREAD / 2, SPREAD)  # the mean stays

    def _drawn(self, fired: set[Activation], seed: int) -> Iterator[float]:
        for draw in range(self.trial.draws):
            dice = random.Random(f"{self.sample.name}/{seed}/{draw}")  # noqa: S311 - repeatable
            value = self._inflation(fired, dice)
            if value is not None:
                yield value
