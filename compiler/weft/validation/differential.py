"""Runs one graph twice, by its meaning and by its artefact, and says where they differ."""

import asyncio
import re
import tempfile
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weft.compiler.compile import compile_workflow
from weft.compiler.options import OPTIMAL, Options
from weft.domain.errors import CompileError
from weft.engine.errors import DefinitionInvalid
from weft.ir.flow import Flow
from weft.validation.comparison import compare
from weft.validation.family import PROBES, Family
from weft.validation.host import OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.shrink import Graph, shrink

# How likely an effect fails for good where nothing handles it, one run of the graph after another.
FAILURES = (0.0, 0.0, 0.06)
# What a defect of the compiler shows as, besides a wrong artefact.
CRASHES = (
    AssertionError, AttributeError, LookupError, NotImplementedError,
    RecursionError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A graph and a run of it on which the two sides differ."""

    graph: Graph
    seed: int
    differences: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What a campaign has seen; `refused` are graphs with compile errors, by their codes."""

    graphs: int = 0
    runs: int = 0
    failed_runs: int = 0
    effects: int = 0
    claims: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Differential:
    """Compares runs of graphs, compiled with `options`: on one host, one run per failure chance."""

    host: OracleHost
    family: Family = PROBES
    tally: Tally = field(default_factory=Tally)
    options: Options = OPTIMAL
    failures: Sequence[float] = FAILURES

    async def graph(self, graph: Graph, seed: int) -> Finding | None:
        """Compile a graph and compare runs of it. Raises CompileError for an invalid graph."""
        try:
            artefact = compile_workflow(
                graph,
                self.family.catalogue,
                options=self.options,
                workflows=self.family.workflows(graph),
            )
        except CRASHES as crash:
            return Finding(graph, seed, (f"the compiler crashes: {_where(crash)}",))
        flow = artefact.flow
        self.tally.graphs += 1
        try:
            machine = self.host.load(artefact)
        except DefinitionInvalid as refusal:
            return Finding(graph, seed, (f"the host refuses the definition: {refusal}",))
        for number, failures in enumerate(self.failures):
            oracle = self.oracle(flow, seed * len(self.failures) + number, failures)
            trigger = self.family.trigger(oracle.seed, graph)
            found = await self.compare(flow, machine, trigger, oracle, artefact.meant)
            if found:
                return Finding(graph, seed, tuple(found))
        return None

    def oracle(self, flow: Flow, seed: int, failures: float) -> SeededOracle:
        """What effects of the family answer."""
        return SeededOracle(flow, seed, self.family.answers, failures)

    async def compare(
        self,
        flow: Flow,
        machine: str,
        trigger: Any,
        oracle: SeededOracle,
        meant: Flow | None = None,
    ) -> list[str]:
        """One run of a loaded machine against one of its flow; sentences on how they differ."""
        compared = await compare(self.host, flow, machine, trigger, oracle, meant=meant)
        self.tally.runs += 1
        self.tally.failed_runs += compared.outcome.status == "failed"
        self.tally.effects += len(compared.played.calls)
        self.tally.claims += compared.played.claims
        return compared.differences


def _where(crash: BaseException) -> str:
    last = traceback.extract_tb(crash.__traceback__)[-1]
    return f"{crash!r} in {Path(last.filename).name}:{last.lineno}"


async def campaign(
    seeds: Iterable[int],
    size: int | None = None,
    *,
    family: Family = PROBES,
    options: Options = OPTIMAL,
    failures: Sequence[float] = FAILURES,
) -> Tally:
    """Compare random graphs, one per seed."""
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            differential = Differential(host, family, options=options, failures=failures)
            for seed in seeds:
                await _try(differential, family.graph(seed, size), seed)
            return differential.tally


async def _try(differential: Differential, graph: Graph, seed: int) -> Finding | None:
    tally = differential.tally
    try:
        found = await differential.graph(graph, seed)
    except CompileError as error:
        for code in {d.code for d in error.diagnostics if d.severity == "error"}:
            tally.refused[code] = tally.refused.get(code, 0) + 1
        return None
    if found is not None:
        tally.findings.append(found)
    return found


def smallest(finding: Finding, family: Family = PROBES, *, options: Options = OPTIMAL) -> Finding:
    """The finding on the smallest graph that still shows one."""
    best, kind = finding, _kind(finding)

    def still_fails(graph: Graph) -> bool:
        nonlocal best
        found = asyncio.run(_alone(graph, finding.seed, family, options))
        if found is None or _kind(found) != kind:
            return False
        best = found
        return True

    shrink(finding.graph, still_fails)
    return best


def _kind(finding: Finding) -> str:
    """What sort of fault it is, so that shrinking does not wander off to another one."""
    last = finding.differences[-1]
    return re.sub(r"n?\d+", "#", last if "the host says" in last else finding.differences[0])[:45]


async def _alone(graph: Graph, seed: int, family: Family, options: Options) -> Finding | None:
    try:
        family.trigger(seed, graph)
    except LookupError:  # no trigger is left
        return None
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            return await _try(Differential(host, family, options=options), graph, seed)
