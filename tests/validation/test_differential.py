"""The comparison finds artefacts that do something else than their graph means."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.expressions.ast import Literal
from weft.ir.flow import Flow, FlowNode, OnError
from weft.ir.ops import Compute, Decide, ForEach, Invoke
from weft.ir.ports import Join
from weft.validation.differential import Differential
from weft.validation.host import OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.probes import ProbeCatalogue
from weft.validation.random_graphs import random_answers, random_graph, random_trigger

Change = Callable[[FlowNode], FlowNode]


def swap_ports(node: FlowNode) -> FlowNode:
    if not isinstance(node.op, Decide) or node.op.otherwise is None:
        return node
    first, *rest = node.op.cases
    cases = (replace(first, port=node.op.otherwise), *rest)
    return replace(node, op=replace(node.op, cases=cases, otherwise=first.port))


def match_every(node: FlowNode) -> FlowNode:
    if not isinstance(node.op, Decide):
        return node
    return replace(node, op=replace(node.op, every_match=not node.op.every_match))


def other_join(node: FlowNode) -> FlowNode:
    return replace(node, join=Join.ALWAYS if node.join is not Join.ALWAYS else Join.ALL_EDGES)


def other_value(node: FlowNode) -> FlowNode:
    if not isinstance(node.op, Compute):
        return node
    return replace(node, op=Compute(dict.fromkeys(node.op.outputs, Literal("other"))))


def fewer_retries(node: FlowNode) -> FlowNode:
    return replace(node, retry=node.retry.model_copy(update={"max_retries": 0}))


def let_errors_pass(node: FlowNode) -> FlowNode:
    rule = OnError.CONTINUE if node.on_error is not OnError.CONTINUE else OnError.FAIL
    return replace(node, on_error=rule) if isinstance(node.op, Invoke) else node


def keep_failed_items(node: FlowNode) -> FlowNode:
    if not isinstance(node.op, ForEach):
        return node
    return replace(node, op=replace(node.op, skip_failed=not node.op.skip_failed))


def with_retries_of(changed: Flow, flow: Flow) -> Flow:
    """The flow that answers come from: the compiled one, but retried as the changed one says."""
    nodes = {n.id: replace(n, retry=changed.nodes[n.id].retry) for n in flow.nodes.values()}
    return replace(flow, nodes=nodes)


@cache
def compiled(seed: int) -> tuple[Any, Artefact]:
    graph = random_graph(seed, 20)
    return graph, compile_workflow(graph, ProbeCatalogue())


async def findings(
    folder: Path, change: Callable[[Flow], Flow], seeds: range, enough: int = 1_000
) -> int:
    """How many of the seeds show a difference; no more are looked at once there are enough."""
    found = 0
    async with OracleHost(folder) as host:
        differential = Differential(host)
        for seed in seeds:
            graph, artefact = compiled(seed)
            flow = change(artefact.flow)
            answering = with_retries_of(flow, artefact.flow)
            oracle = SeededOracle(answering, seed, random_answers, 0.05)
            trigger = random_trigger(seed, graph)
            machine = host.load(artefact)
            found += bool(await differential.compare(flow, machine, trigger, oracle))
            if found >= enough:
                break
    return found


@pytest.mark.parametrize(
    "change",
    [
        swap_ports, match_every, other_join, other_value, fewer_retries, let_errors_pass,
        keep_failed_items,
    ],
)  # fmt: skip
def test_a_meaning_that_is_changed_in_one_respect_is_told_apart(
    tmp_path: Path, change: Change
) -> None:
    def changed(flow: Flow) -> Flow:
        return replace(flow, nodes={n.id: change(n) for n in flow.nodes.values()})

    assert asyncio.run(findings(tmp_path, changed, range(100), enough=1)) == 1


def test_an_edge_more_in_the_artefact_is_told_apart(tmp_path: Path) -> None:
    def without_last_edge(flow: Flow) -> Flow:
        return replace(flow, edges=flow.edges[:-1])

    assert asyncio.run(findings(tmp_path, without_last_edge, range(30), enough=10)) == 10


def test_the_meaning_itself_is_not(tmp_path: Path) -> None:
    assert asyncio.run(findings(tmp_path, lambda flow: flow, range(30))) == 0
