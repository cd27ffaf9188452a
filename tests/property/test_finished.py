"""A run that begins at a node ends as the whole run did, and calls nothing that is finished."""

import asyncio
import random
import tempfile
from pathlib import Path

import pytest

from weft.compiler.compile import compile_workflow
from weft.compiler.finished import from_node, outermost
from weft.expressions.ast import JsonValue
from weft.ir.flow import TOP, Flow
from weft.semantics.answers import Oracle
from weft.semantics.equivalence import same
from weft.semantics.facts import Facts
from weft.semantics.interpreter import interpret
from weft.semantics.resolver import Resolver
from weft.validation.comparison import compare
from weft.validation.family import CALLS, LOOPS, PROBES, REAL, REAL_LOOPS, Family
from weft.validation.host import STARTED, OracleHost
from weft.validation.oracle import SeededOracle

FAMILIES = {
    "probes": PROBES,
    "real": REAL,
    "loops": LOOPS,
    "real loops": REAL_LOOPS,
    "calls": CALLS,
}
RUN: JsonValue = {"id": "first", "workflow": "w", "tenant": "t", "started_at": STARTED}


def recorded(flow: Flow, trigger: JsonValue, oracle: Oracle) -> Facts:
    """The facts of a whole run."""
    resolver = Resolver(flow, trigger, RUN)
    while due := resolver.due():
        for node, path in due:
            if (node, path) in resolver.due():
                given = resolver.arguments(node, path)
                resolver.learn(node, path, oracle(node, path, given))
    return resolver.facts


async def differences(host: OracleHost, family: Family, seed: int) -> list[str]:
    """How a run from some node of a random graph differs from the whole run."""
    graph = family.graph(seed, None)
    called = family.workflows(graph)
    flow = compile_workflow(graph, family.catalogue, workflows=called).flow
    trigger = family.trigger(seed, graph)
    oracle = SeededOracle(flow, seed, family.answers, (0.0, 0.0, 0.06)[seed % 3])
    whole = interpret(flow, trigger, RUN, oracle)
    dice = random.Random(seed)
    node = dice.choice(list(flow.nodes))
    finished = from_node(recorded(flow, trigger, oracle), node)
    artefact = compile_workflow(graph, family.catalogue, finished=finished, workflows=called)
    part = interpret(artefact.flow, trigger, RUN, oracle)
    found: list[str] = []
    if (whole.status, whole.response) != (part.status, part.response):
        found.append(f"{node}: {whole.status} {whole.response}, {part.status} {part.response}")
    if not same(dict(whole.result), dict(part.result)):
        found.append(f"{node}: result {whole.result}, {part.result}")
    for at in whole.statuses:
        if flow.nodes[at[0]].scope != TOP and outermost(flow, at[0]) in finished:
            continue  # what happened in a loop's rounds stays with the earlier run
        if whole.statuses[at] is not part.statuses.get(at):
            found.append(f"{node}: {at} {whole.statuses[at]}, {part.statuses.get(at)}")
        if not same(whole.values.get(at), part.values.get(at)):
            found.append(f"{node}: {at} {whole.values.get(at)}, {part.values.get(at)}")
    wanted = [c for c in whole.effects if outermost(flow, c.node) not in finished]
    if [(c.node, c.path) for c in wanted] != [(c.node, c.path) for c in part.effects]:
        found.append(f"{node}: calls {wanted} {part.effects}")
    for one, other in zip(wanted, part.effects, strict=False):
        if not same(one.arguments, other.arguments):
            found.append(f"{node}: {one} {other}")
    own = SeededOracle(artefact.flow, seed, family.answers, oracle.failures)
    compared = await compare(host, artefact.flow, host.load(artefact), trigger, own)
    return found + compared.differences


async def campaign(family: Family, seeds: range) -> dict[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            told = {seed: await differences(host, family, seed) for seed in seeds}
    return {seed: found for seed, found in told.items() if found}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_from_a_node_ends_as_the_whole_run_and_calls_only_what_is_not_finished(
    name: str,
) -> None:
    assert asyncio.run(campaign(FAMILIES[name], range(700_000, 700_010))) == {}
