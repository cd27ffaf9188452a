"""Futures: a dependency that a series-parallel tree cannot say is handed over at run time."""

import asyncio
import random
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compiler.orders import timed_orders

from weft.asl.verify.verify import verify
from weft.compiler.artefact import Artefact
from weft.compiler.check.check import check
from weft.compiler.compile import compile_workflow
from weft.compiler.explain import explained
from weft.compiler.lower.lower import lower
from weft.compiler.optimise import optimise
from weft.compiler.options import Options, Policy
from weft.compiler.parse import parse
from weft.compiler.plan import Plan, plan
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.futures import Planner, beside
from weft.compiler.schedule.poset import Poset, closed, covers
from weft.compiler.schedule.regions import Choose, Fork, Region, Seq, futures_in, marks_in
from weft.compiler.schedule.span import acyclic, critical_path, latest
from weft.compiler.schedule.structure import Futures, schedule
from weft.compiler.schedule.tree import Await, Tell
from weft.compiler.verify.path_conditions import verify_regions
from weft.domain.errors import Bug
from weft.expressions.ast import JsonValue
from weft.ir.flow import TOP
from weft.semantics.answers import Activation
from weft.validation.comparison import compare
from weft.validation.family import CROSSINGS, PROBES, RACES, Family
from weft.validation.followed import follow
from weft.validation.host import STARTED, OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.transitions import predicted

TWO = Options(policy=Policy.DURABLE, futures=2)
# a → c, a → d, b → d: no tree has this order and no other.
N_ORDER = closed("abcd", [(), (), (0,), (0, 1)])
N_SECONDS = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 1.0}
N_GRAPH: dict[str, Any] = {
    "schema": "weft/1", "id": "n", "name": "n",
    "nodes": [
        {"id": "start", "type": "probe_start"},
        *({"id": name, "type": "probe_call"} for name in ("a", "b1", "b2", "b3", "c1", "c2", "c3")),
        {"id": "d", "type": "probe_call_strict"},
    ],
    "edges": [
        {"id": f"e{k}", "source": source, "target": target, "target_port": port}
        for k, (source, target, port) in enumerate([
            ("start", "a", "input"), ("start", "b1", "input"), ("b1", "b2", "input"),
            ("b2", "b3", "input"), ("a", "c1", "input"), ("c1", "c2", "input"),
            ("c2", "c3", "input"), ("a", "d", "left"), ("b3", "d", "right"),
        ])
    ],
}  # fmt: skip


def planner(order: Poset, seconds: dict[str, float], **more: Any) -> Planner:
    return Planner(order, [frozenset(own) for own in covers(order)], seconds, **more)


def test_one_future_makes_the_smallest_order_that_is_no_tree_as_quick_as_it_can_be() -> None:
    planned = planner(N_ORDER, N_SECONDS, spread=0)
    without, with_one = planned.planned(0), planned.planned(1)
    assert without is not None and with_one is not None
    assert latest(without, N_SECONDS, 0.0) == 4.0
    assert latest(with_one, N_SECONDS, 0.0) == critical_path(N_ORDER, N_SECONDS) == 3.0


def test_a_future_that_saves_less_than_its_price_is_none() -> None:
    tree = planner(N_ORDER, N_SECONDS, spread=0, price=1.0).planned(1)
    assert tree == planner(N_ORDER, N_SECONDS, spread=0).planned(0)


@given(timed_orders(9), st.integers(1, 3))
def test_futures_make_no_plan_slower_and_never_wait_in_a_circle(
    timed: tuple[Poset, dict[str, float]], most: int
) -> None:
    order, seconds = timed
    planned = planner(order, seconds, spread=0)
    without, tree = planned.planned(0), planned.planned(most)
    if without is None or tree is None:
        assert not order.nodes
        return
    assert acyclic(tree) and beside(tree)
    took = latest(tree, seconds, 0.0)
    assert critical_path(order, seconds) - 1e-9 <= took <= latest(without, seconds, 0.0) + 1e-9


def crossing(futures: int = 1) -> Plan:
    """A plan with so many futures, from the first graph of the family that has one."""
    for seed in range(1_000):
        artefact = compiled(seed)
        if len(artefact.manifest["futures"]) == futures:
            return plan(Conditions(artefact.flow), TWO)
    raise AssertionError("the family has no such graph")


def compiled(seed: int, options: Options = TWO) -> Artefact:
    graph = CROSSINGS.graph(seed, None)
    return compile_workflow(graph, CROSSINGS.catalogue, options=options)


def changed(region: Region, change: Any) -> Region | None:
    """The region with its marks changed; None takes one away."""
    match region:
        case Tell() | Await():
            found: Region | None = change(region)
            return found
        case Seq(parts=parts):
            kept = [new for part in parts if (new := changed(part, change)) is not None]
            return Seq(tuple(kept)) if kept else None
        case Fork(parts=parts):
            return Fork(tuple(new for part in parts if (new := changed(part, change)) is not None))
        case Choose(arms=arms):
            made = [(arm, changed(arm.body, change)) for arm in arms]
            left = tuple(replace(arm, body=body) for arm, body in made if body is not None)
            return replace(region, arms=left) if left else None
        case _:
            return region


def without(kind: type) -> Any:
    return lambda mark: None if isinstance(mark, kind) else mark


def swapped(mark: Tell | Await) -> Region:
    return Await(mark.future, mark.when) if isinstance(mark, Tell) else Tell(mark.future, mark.when)


def bare(mark: Tell | Await) -> Region:
    return replace(mark, future=replace(mark.future, carries=()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without(Tell), "awaited where nobody tells it"),
        (without(Await), "on which it depends|before it is recorded"),
        (bare, "before it is recorded"),
        (swapped, "too early|on which it depends|is there already"),
    ],
)
def test_a_plan_in_which_a_future_is_not_told_or_not_awaited_is_refused(
    change: Any, says: str
) -> None:
    made = crossing()
    top = made.regions[TOP]
    assert top is not None
    verify_regions(made.program, made.conditions, made.regions)
    wrong = {**made.regions, TOP: changed(top, change)}
    with pytest.raises(Bug, match=says):
        verify_regions(made.program, made.conditions, wrong)


def in_a_line(region: Region) -> Region:
    """Every fork one part after the other, so that somebody waits for what comes later."""
    match region:
        case Fork(parts=parts):
            ordered = sorted(
                parts, key=lambda p: not any(isinstance(m, Await) for m in marks_in(p))
            )
            return Seq(tuple(in_a_line(part) for part in ordered))
        case Seq(parts=parts):
            return Seq(tuple(in_a_line(part) for part in parts))
        case Choose(arms=arms):
            return replace(
                region, arms=tuple(replace(arm, body=in_a_line(arm.body)) for arm in arms)
            )
        case _:
            return region


def test_a_plan_in_which_a_branch_waits_for_what_comes_after_it_is_refused() -> None:
    made = crossing()
    top = made.regions[TOP]
    assert top is not None
    with pytest.raises(Bug, match="branches wait for each other"):
        verify_regions(made.program, made.conditions, {**made.regions, TOP: in_a_line(top)})


@pytest.mark.parametrize(
    ("family", "seed"),
    [
        (PROBES, 7142),  # an order alone, and behind it a decision on what was known before
        (PROBES, 7113),
        (PROBES, 7051),  # a decision with several matches
        (RACES, 210),  # what was before the source decides whether the target runs
        (CROSSINGS, 125),  # what a future could carry is there anyway
    ],
)
def test_conditions_behind_a_future_are_kept(family: Family, seed: int) -> None:
    known = Conditions(check(parse(family.graph(seed, None)), family.catalogue))
    made = optimise(lower(known.flow, known.settled()))
    regions = schedule(made, known, futures=Futures(2, 0.0))
    assert futures_in(regions[TOP])
    verify_regions(made, known, regions)


def test_a_child_machine_need_not_give_what_a_future_only_waits_for() -> None:
    artefact = compiled(138, replace(TWO, policy=Policy.BALANCED))
    [future] = artefact.manifest["futures"]
    assert future["from"] not in future["carries"]
    assert artefact.children


def test_no_part_that_waits_for_a_future_runs_as_an_express_machine() -> None:
    options = replace(TWO, policy=Policy.CHEAPEST)
    seen = 0
    for seed in range(12):
        artefact = compiled(seed, options)
        seen += len(artefact.manifest["futures"])
        for child in artefact.children.values():
            assert "waitForTaskToken" not in str(child.definition)
            assert verify(dict(child.definition), kind=child.type) == []
    assert seen > 0


def test_without_the_option_nothing_changes() -> None:
    artefact = compiled(1, replace(TWO, futures=0))
    assert "futures" not in artefact.manifest
    assert "dynamodb" not in str(artefact.definition)


def test_what_a_future_saves_and_costs_is_told() -> None:
    told = explained(compiled_n())
    [future] = told["futures"]
    assert (future["from"], future["to"], future["carries"]) == ("a", "d", ["a"])
    assert future["saves_seconds"] > 0.2
    assert future["usd_per_1000_runs"] == 0.102
    assert told["cost"]["transitions"]["expected"] == 8.5  # 4 calls, a fork, 3 or 4 for the future


def compiled_n() -> Artefact:
    return compile_workflow(N_GRAPH, CROSSINGS.catalogue, options=TWO)


def test_the_same_graph_gives_the_same_futures() -> None:
    assert compiled_n().hash == compiled_n().hash


def pace(oracle: SeededOracle, at: Activation) -> float:
    """Up to ten seconds, by chance."""
    return 10 * random.Random(f"{oracle.seed}{at}").random()


def who_waited(artefact: Artefact) -> dict[str, str]:
    """The states that are entered where a future was awaited first, with its name."""
    found: dict[str, str] = {}

    def look(states: dict[str, Any]) -> None:
        for name, state in states.items():
            if name.endswith(": tell who waits"):
                found[name] = state["Arguments"]["Key"]["id"]["S"].split("'")[1].strip("/")
            for branch in state.get("Branches", ()):
                look(branch["States"])

    look(artefact.definition["States"])
    return found


async def campaign(seeds: range) -> tuple[Counter[str], list[str]]:
    """What runs of graphs with futures came to, and how any differed."""
    tally: Counter[str] = Counter()
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder), pace) as host:
            for seed in seeds:
                artefact = compiled(seed)
                if not artefact.manifest["futures"]:
                    continue
                tally["graphs"] += 1
                waiting, machine = who_waited(artefact), host.load(artefact)
                for number, failures in enumerate((0.0, 0.0, 0.06)):
                    oracle = SeededOracle(
                        artefact.flow, 3 * seed + number, CROSSINGS.answers, failures
                    )
                    trigger = CROSSINGS.trigger(oracle.seed, CROSSINGS.graph(seed, None))
                    seen = await compare(host, artefact.flow, machine, trigger, oracle)
                    problems += [f"{seed}/{number}: {told}" for told in seen.differences]
                    tally[seen.outcome.status] += 1
                    names = [
                        event.details["name"]
                        for event in host.history(seen.played)
                        if event.type.endswith("StateEntered")
                    ]
                    first = {waiting[name] for name in names if name in waiting}
                    tally["awaited first"] += len(first)
                    tally["told first"] += sum(name.endswith(": read") for name in names)
                    if seen.outcome.status != "completed":
                        continue
                    run: JsonValue = {
                        "id": seen.played.ended.name, "workflow": "w", "tenant": "t",
                        "started_at": STARTED,
                    }  # fmt: skip
                    facts = follow(artefact.flow, trigger, run, seen.played.answers).facts
                    tally["skipped sources"] += sum(
                        (future["from"], ()) in facts.statuses
                        and facts.statuses[future["from"], ()].value == "skipped"
                        for future in artefact.manifest["futures"]
                    )
                    wanted = predicted(artefact.machine, facts, (), first)
                    if wanted != len(names):
                        problems.append(f"{seed}/{number}: {len(names)} states, not {wanted}")
    return tally, problems


def test_runs_do_what_the_graph_means_and_enter_as_many_states_as_was_said() -> None:
    tally, problems = asyncio.run(campaign(range(30)))
    assert problems == []
    assert tally["graphs"] > 9
    for seen in ("told first", "awaited first", "failed", "skipped sources"):
        assert tally[seen] > 0, (seen, tally)


def test_a_region_says_which_futures_it_has_in_order() -> None:
    names = [future.name for future in futures_in(crossing(2).regions[TOP])]
    assert names == ["1", "2"]
