"""What must not matter does not: order of visiting, names, edges' listing, orphans."""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from weft.expressions.ast import Literal
from weft.ir.flow import Flow, FlowEdge, FlowNode
from weft.semantics.answers import Ok
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome
from weft.semantics.wiring import Wiring

RUN: Any = {"id": "r"}
SEEDS = range(0, 400)


def told(make: Any, flow: Flow, seed: int) -> Outcome:
    return interpret(flow, make.envelope([1, 2]), RUN, make.Chance(seed))


def called(outcome: Outcome) -> dict[Any, Any]:
    return {(c.node, c.path): c.arguments for c in outcome.effects}


def other_order(flow: Flow, seed: int) -> dict[str, FlowNode]:
    """The nodes in another topological order of each scope."""
    dice, wiring = random.Random(seed), Wiring(flow)
    left, order = list(flow.nodes.values()), {}
    while left:
        free = [n for n in left if not any(m.id in wiring.waits[n.id] for m in left)]
        chosen = dice.choice(free)
        left.remove(chosen)
        order[chosen.id] = chosen
    return order


def assert_same(a: Outcome, b: Outcome) -> None:
    assert a.statuses == b.statuses
    assert a.values == b.values
    assert called(a) == called(b)
    assert a.result == b.result
    assert a.failing == b.failing


def test_any_topological_order_gives_the_same_outcome(make: Any) -> None:
    moved = 0
    for seed in SEEDS:
        flow = make.random_flow(seed)
        shuffled = replace(flow, nodes=other_order(flow, seed))
        moved += list(shuffled.nodes) != list(flow.nodes)
        first, second = told(make, flow, seed), told(make, shuffled, seed)
        if first.lost:  # which item's error a failed for-each shows is not determined
            assert first.status == second.status
        else:
            assert_same(first, second)
    assert moved > 100


def test_listing_edges_of_different_ports_in_another_order_changes_nothing(make: Any) -> None:
    for seed in SEEDS:
        flow = make.random_flow(seed)
        groups: dict[Any, list[FlowEdge]] = {}
        for edge in flow.edges:
            groups.setdefault((edge.target, edge.target_port), []).append(edge)
        blocks = list(groups.values())
        random.Random(seed).shuffle(blocks)
        mixed = replace(flow, edges=tuple(e for block in blocks for e in block))
        assert_same(told(make, flow, seed), told(make, mixed, seed))


def test_renaming_nodes_renames_the_outcome(make: Any) -> None:
    for seed in SEEDS[:150]:
        flow = make.random_flow(seed)
        names = {n: f"x{n}" for n in flow.nodes}
        plain = interpret(flow, make.envelope(1), RUN, lambda *_: Ok({"output": True}))
        renamed = interpret(
            _renamed(flow, names), make.envelope(1, "xt"), RUN, lambda *_: Ok({"output": True})
        )
        assert {(names[n], p): s for (n, p), s in plain.statuses.items()} == renamed.statuses
        assert len(plain.effects) == len(renamed.effects)


def _renamed(flow: Flow, names: Mapping[str, str]) -> Flow:
    def moved(node: FlowNode) -> FlowNode:
        return replace(node, id=names[node.id], scope=names.get(node.scope, node.scope))

    return replace(
        flow,
        nodes={names[n.id]: moved(n) for n in flow.nodes.values()},
        edges=tuple(replace(e, source=names[e.source], target=names[e.target]) for e in flow.edges),
        references=frozenset((names[a], names[b]) for a, b in flow.references),
        results=tuple(names[r] for r in flow.results),
    )


def test_a_node_beside_the_rest_changes_nothing_of_the_rest(make: Any) -> None:
    for seed in SEEDS[:150]:
        flow = make.random_flow(seed)
        beside = make.pure("beside", Literal(1))
        wider = replace(flow, nodes={"beside": beside, **flow.nodes})
        first, second = told(make, flow, seed), told(make, wider, seed)
        assert first.statuses.items() <= second.statuses.items()
        assert called(first) == called(second)
        assert first.result == second.result


def test_random_flows_reach_every_rule(make: Any) -> None:
    """The properties above would mean little on flows in which nothing happens."""
    seen: set[str] = set()
    for seed in SEEDS:
        outcome = told(make, make.random_flow(seed), seed)
        seen |= {str(status) for status in outcome.statuses.values()}
        seen |= {f"depth {len(c.path)}" for c in outcome.effects}
        seen |= {outcome.status, "lost"} if outcome.lost else {outcome.status}
    assert seen >= {"success", "error", "skipped", "completed", "failed", "lost"}
    assert seen >= {"depth 0", "depth 1", "depth 2"}


@pytest.mark.parametrize("seed", range(5))
def test_the_same_oracle_gives_the_same_outcome_twice(make: Any, seed: int) -> None:
    assert_same(told(make, make.random_flow(seed), seed), told(make, make.random_flow(seed), seed))
