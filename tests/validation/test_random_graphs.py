"""Random graphs are valid, reach every kind of node, and follow from their seed."""

from collections import Counter
from typing import Any

from weft.compiler.check.check import check
from weft.compiler.parse import parse
from weft.ir.flow import Flow
from weft.ir.ops import ForEach, Invoke
from weft.semantics.answers import Failed, TimedOut
from weft.semantics.interpreter import interpret
from weft.validation.oracle import SeededOracle
from weft.validation.probes import TYPES, ProbeCatalogue
from weft.validation.random_graphs import random_answers, random_graph, random_trigger

SEEDS = range(400)


def checked(seed: int) -> tuple[Any, Flow]:
    graph = random_graph(seed)
    return graph, check(parse(graph), ProbeCatalogue())


def test_a_seed_always_gives_the_same_graph() -> None:
    assert random_graph(7) == random_graph(7)
    assert random_graph(7) != random_graph(8)


def test_the_size_bounds_the_graph() -> None:
    for seed in SEEDS:
        size = len(random_graph(seed, size=10)["nodes"])
        assert 3 <= size <= 14  # up to two results and two loose nodes come on top


def test_every_graph_passes_the_check_and_together_they_use_everything() -> None:
    types: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        graph, flow = checked(seed)
        types.update(node.type for node in flow.nodes.values())
        seen["references"] += len(flow.references)
        seen["nested"] += sum(
            bool(n.scope) for n in flow.nodes.values() if isinstance(n.op, ForEach)
        )
        seen["error edges"] += sum(edge.source_port == "error" for edge in flow.edges)
        seen["orphans"] += len(graph["nodes"]) - len(flow.nodes)
        seen.update(f"on error {node.on_error}" for node in flow.nodes.values())
    elsewhere = {"probe_while", "probe_race", "probe_run", "probe_takes"}  # other families' own
    assert set(types) == set(TYPES) - elsewhere
    wanted = {"references", "nested", "error edges", "orphans"}
    wanted |= {"on error fail", "on error branch", "on error continue"}
    assert {name for name in wanted if seen[name] >= 10} == wanted


def test_runs_of_random_graphs_reach_every_fate() -> None:
    fates: Counter[str] = Counter()
    for seed in SEEDS:
        graph, flow = checked(seed)
        oracle = SeededOracle(flow, seed, random_answers, 0.05)
        outcome = interpret(flow, random_trigger(seed, graph), {"id": "r"}, oracle)
        fates[outcome.status] += 1
        fates["lost"] += bool(outcome.lost)
        fates.update(str(status) for status in outcome.statuses.values())
        for called in outcome.effects:
            attempts = list(oracle.attempts(called.node, called.path))
            fates[type(attempts[-1]).__name__] += 1
            fates["retried"] += len(attempts) > 1
            fates[f"depth {len(called.path)}"] += 1
    assert min(fates[name] for name in ("completed", "failed", "lost")) >= 5
    assert min(fates[name] for name in ("success", "error", "skipped")) >= 50
    assert min(fates[name] for name in ("Ok", "Failed", "TimedOut", "retried")) >= 5
    assert min(fates[f"depth {depth}"] for depth in range(3)) >= 5


def test_the_oracle_retries_as_often_as_the_node_says() -> None:
    tried = 0
    for seed in SEEDS:
        _, flow = checked(seed)
        oracle = SeededOracle(flow, seed, random_answers, 0.2)
        for node in flow.nodes.values():
            if not isinstance(node.op, Invoke):
                continue
            attempts = list(oracle.attempts(node.id, ()))
            assert attempts == list(oracle.attempts(node.id, ()))
            assert attempts[-1] == oracle(node.id, (), None)
            assert len(attempts) <= node.retry.max_retries + 1
            for number, answer in enumerate(attempts, start=1):
                if isinstance(answer, Failed | TimedOut):
                    assert answer.attempts == number
            tried += len(attempts) > 1
    assert tried > 50
