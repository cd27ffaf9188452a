"""Given what is decided in a run, its transitions are known before they are counted."""

import asyncio
import tempfile
from pathlib import Path

import pytest

from weft.compiler.compile import compile_workflow
from weft.compiler.options import Options, Policy
from weft.expressions.ast import JsonValue
from weft.semantics.answers import TimedOut
from weft.validation.comparison import compare
from weft.validation.family import LOOPS, PROBES, REAL, Family
from weft.validation.followed import follow
from weft.validation.host import STARTED, OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.transitions import predicted

RUNS = 4


async def compared(family: Family, policy: Policy, seeds: range) -> list[tuple[int, int, int]]:
    """(seed, counted, predicted) of completed runs in which no item was given up."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            for seed in seeds:
                graph = family.graph(seed, None)
                artefact = compile_workflow(graph, family.catalogue, options=Options(policy=policy))
                machine = host.load(artefact)
                for number in range(RUNS):
                    oracle = SeededOracle(artefact.flow, seed * RUNS + number, family.answers, 0.0)
                    trigger = family.trigger(oracle.seed, graph)
                    seen = await compare(host, artefact.flow, machine, trigger, oracle)
                    assert not seen.differences, (seed, number, seen.differences)
                    if seen.outcome.status != "completed" or seen.outcome.lost:
                        continue
                    run: JsonValue = {
                        "id": seen.played.ended.name, "workflow": "w", "tenant": "t",
                        "started_at": STARTED,
                    }  # fmt: skip
                    facts = follow(artefact.flow, trigger, run, seen.played.answers).facts
                    late = {at for at, end in seen.played.answers if isinstance(end, TimedOut)}
                    counted = sum(
                        event.type.endswith("StateEntered")
                        for child, events in host.histories(seen.played)
                        if child not in artefact.machine.express
                        for event in events
                    )
                    found.append((seed, counted, predicted(artefact.machine, facts, late)))
    return found


@pytest.mark.parametrize("policy", [Policy.DURABLE, Policy.BALANCED])
@pytest.mark.parametrize("family", [PROBES, REAL, LOOPS], ids=["probes", "real", "loops"])
def test_counted_transitions_are_the_predicted_ones(family: Family, policy: Policy) -> None:
    found = asyncio.run(compared(family, policy, range(300_000, 300_030)))
    assert len(found) > 60
    assert [one for one in found if one[1] != one[2]] == []
