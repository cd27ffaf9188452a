"""Random graphs of the real node types are valid and, together, say all that a graph can say."""

import json
from collections import Counter
from typing import Any

from weft.compiler.check.check import check
from weft.compiler.parse import parse
from weft.ir.flow import Flow
from weft.ir.ops import ForEach, Sleep
from weft.nodes.catalogue import NodeCatalogue
from weft.nodes.comparison import Operator
from weft.nodes.flow.merge import Mode
from weft.semantics.answers import Failed, TimedOut
from weft.semantics.interpreter import interpret
from weft.validation.family import REAL_CALLS, REAL_LOOPS
from weft.validation.oracle import SeededOracle
from weft.validation.real_graphs import real_graph, real_trigger
from weft.validation.real_values import answers

SEEDS = range(300)


def checked(seed: int) -> tuple[Any, Flow]:
    graph = real_graph(seed)
    return graph, check(parse(graph), NodeCatalogue())


def configs(kind: str) -> list[dict[str, Any]]:
    return [
        node["config"]
        for seed in SEEDS
        for node in real_graph(seed)["nodes"]
        if node["type"] == kind
    ]


def test_a_seed_always_gives_the_same_graph() -> None:
    assert json.dumps(real_graph(7)) == json.dumps(real_graph(7))
    assert real_graph(7) != real_graph(8)


def test_every_graph_passes_the_check_and_together_they_use_every_node_type() -> None:
    types: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        graph, flow = checked(seed)
        types.update(node.type for node in flow.nodes.values())
        scopes = {node.id: node.scope for node in flow.nodes.values()}
        seen["references"] += len(flow.references)
        seen["disabled"] += sum(node.get("disabled", False) for node in graph["nodes"])
        seen["nested"] += sum(
            bool(n.scope) for n in flow.nodes.values() if isinstance(n.op, ForEach)
        )
        seen["skipping"] += sum(
            n.op.skip_failed for n in flow.nodes.values() if isinstance(n.op, ForEach)
        )
        seen["error edges"] += sum(edge.source_port == "error" for edge in flow.edges)
        seen["into bodies"] += sum(
            scopes[e.target] not in ("", e.source, scopes[e.source]) for e in flow.edges
        )
        seen["waits"] += sum(isinstance(n.op, Sleep) for n in flow.nodes.values())
        seen["orphans"] += len(graph["nodes"]) - len(flow.nodes)
        seen.update(f"on error {node.on_error}" for node in flow.nodes.values())
    for seed in SEEDS[:60]:  # loops that are drawn have a family of their own
        types.update(node["type"] for node in REAL_LOOPS.graph(seed, None)["nodes"])
    for seed in SEEDS[:20]:  # and calls
        types.update(node["type"] for node in REAL_CALLS.graph(seed, None)["nodes"])
    assert set(types) == set(NodeCatalogue().names())
    assert min(types.values()) >= 10
    wanted = {"references", "disabled", "nested", "skipping", "error edges", "into bodies", "waits"}
    wanted |= {"orphans", "on error fail", "on error branch", "on error continue"}
    assert {name for name in wanted if seen[name] >= 10} == wanted


def test_every_mode_and_operator_occurs() -> None:
    compared = [item for config in configs("if") for item in config.get("conditions", ())]
    assert {item["operator"] for item in compared} == {operator.value for operator in Operator}
    elsewhere = {Mode.FIRST}  # random races draw it
    assert {config["mode"] for config in configs("merge")} == {
        mode.value for mode in set(Mode) - elsewhere
    }
    assert len({config["mode"] for config in configs("aggregate")}) == 10
    assert {config["every_match"] for config in configs("switch")} == {True, False}
    assert {config["on_timeout"] for config in configs("approval")} == {
        "fail", "approve", "reject", "branch",
    }  # fmt: skip


def test_runs_reach_every_fate_and_decisions_go_every_way() -> None:
    fates: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    for seed in SEEDS:
        graph, flow = checked(seed)
        oracle = SeededOracle(flow, seed, answers, 0.05)
        run: Any = {"id": "r", "workflow": "w"}
        outcome = interpret(flow, real_trigger(seed, graph), run, oracle)
        fates[outcome.status] += 1
        fates["lost"] += bool(outcome.lost)
        fates.update(str(status) for status in outcome.statuses.values())
        for called in outcome.effects:
            answer = oracle(called.node, called.path, None)
            fates[f"depth {len(called.path)}"] += 1
            fates["failed answer"] += isinstance(answer, Failed)
            fates["timed out"] += isinstance(answer, TimedOut)
        fired = {at[0] for at, status in outcome.statuses.items() if status == "success"}
        for edge in flow.edges:
            if flow.nodes[edge.source].type in ("if", "approval") and edge.target in fired:
                ways[f"{flow.nodes[edge.source].type} {edge.source_port}"] += 1
    rare = ("failed", "lost", "timed out", "depth 2")
    assert min(fates[name] for name in rare) >= 3
    often = ("completed", "success", "error", "skipped", "failed answer", "depth 0", "depth 1")
    assert min(fates[name] for name in often) >= 40
    wanted = {"if true", "if false", "approval approved", "approval rejected", "approval timeout"}
    assert {way for way in ways if ways[way] >= 3} >= wanted
