"""A region tree that runs something else than the graph says is found out, and only that is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from weft.compiler.check.check import check
from weft.compiler.lower.lower import lower
from weft.compiler.lower.program import Program, symbol
from weft.compiler.optimise import optimise
from weft.compiler.parse import parse
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.regions import Arm, Choose, Do, Fork, Fused, Outline, Region, Seq
from weft.compiler.schedule.structure import schedule
from weft.compiler.schedule.tree import Await, Tell
from weft.compiler.verify.path_conditions import verify_regions
from weft.domain.errors import Bug
from weft.expressions.ast import Binary, Literal, Unary
from weft.ir.ops import Invoke
from weft.nodes.catalogue import NodeCatalogue

Scheduled = tuple[Program, Conditions, dict[str, Region | None]]
Change = Callable[[Region], Region]


def log(node_id: str) -> dict[str, Any]:
    return {"id": node_id, "type": "log", "config": {"message": "{{ input }}"}}


NODES: list[dict[str, Any]] = [
    {"id": "start", "type": "manual_trigger"},
    {"id": "ask", "type": "http_request", "config": {"url": "https://example.org"}},
    {"id": "good", "type": "if", "config": {"condition": "ask.output.status == 200"}},
    log("yes"), log("no"), log("aside"), log("last"),
    {"id": "both", "type": "merge", "config": {"mode": "append"}},
    {"id": "each", "type": "for_each", "config": {"items": "{{ both.output }}"}},
    {"id": "odd", "type": "if", "config": {"condition": "each.index % 2 == 1"}},
    log("work"), log("rest"),
]  # fmt: skip
EDGES = """start.output ask.input, start.output aside.input, ask.response good.input,
good.true yes.input, good.false no.input, yes.output both.input, no.output both.input,
aside.output both.input, both.output each.items, each.item odd.input, odd.true work.input,
odd.false rest.input, work.output each.back, rest.output each.back, each.done last.input"""


def scheduled() -> Scheduled:
    edges = []
    for line in EDGES.split(","):
        keys = ("source", "source_port", "target", "target_port")
        edges.append(dict(zip(keys, line.strip().replace(" ", ".").split("."), strict=True)))
    source = {"schema": "weft/1", "nodes": NODES, "edges": edges}
    flow = check(parse(source), NodeCatalogue())
    conditions = Conditions(flow)
    program = optimise(lower(flow, conditions.settled()))
    return program, conditions, schedule(program, conditions)


def everywhere(region: Region, change: Change) -> Region:
    """The tree with every region changed, inner ones first."""
    match region:
        case Do() | Fused() | Tell() | Await():
            return change(region)
        case Seq(parts):
            return change(Seq(tuple(everywhere(part, change) for part in parts)))
        case Fork(parts):
            return change(Fork(tuple(everywhere(part, change) for part in parts)))
        case Choose(arms, covers):
            changed = tuple(Arm(arm.when, everywhere(arm.body, change)) for arm in arms)
            return change(Choose(changed, covers))
        case Outline(body=body):
            return change(replace(region, body=everywhere(body, change)))


def swap_arms(region: Region) -> Region:
    if not isinstance(region, Choose):
        return region
    first, second = region.arms
    return replace(region, arms=(Arm(first.when, second.body), Arm(second.when, first.body)))


def flip_guards(region: Region) -> Region:
    if not isinstance(region, Choose):
        return region
    return replace(region, arms=tuple(Arm(Unary("not", a.when), a.body) for a in region.arms))


def always_take_the_first(region: Region) -> Region:
    if not isinstance(region, Choose):
        return region
    return replace(region, arms=(Arm(Literal(True), region.arms[0].body), *region.arms[1:]))


def forget_that_it_covers(region: Region) -> Region:
    if not isinstance(region, Choose):
        return region
    never = Binary("and", region.arms[-1].when, symbol("a", "yes"))
    return Choose((*region.arms[:-1], Arm(never, region.arms[-1].body)), covers=False)


def claim_to_cover(region: Region) -> Region:
    return Choose(region.arms[:1], covers=True) if isinstance(region, Choose) else region


def backwards(region: Region) -> Region:
    return Seq(region.parts[::-1]) if isinstance(region, Seq) else region


def at_the_same_time(region: Region) -> Region:
    return Fork(region.parts) if isinstance(region, Seq) else region


def drop(node: str) -> Change:
    def change(region: Region) -> Region:
        if not isinstance(region, Seq | Fork):
            return region
        return replace(region, parts=tuple(part for part in region.parts if part != Do(node)))

    return change


def twice(region: Region) -> Region:
    return Seq((region, region)) if region == Do("ask") else region


def elsewhere(region: Region) -> Region:
    return Seq((region, Do("work"))) if region == Do("last") else region


def without_a_guard(region: Region) -> Region:
    return Seq(tuple(arm.body for arm in region.arms)) if isinstance(region, Choose) else region


FAULTS: dict[str, tuple[str, Change, str]] = {
    "swapped arms": ("", swap_arms, "no runs where it should not: good is true"),
    "swapped arms in a loop": ("each", swap_arms, "rest runs where it should not: odd is true"),
    "flipped guards": ("", flip_guards, "yes runs where it should not"),
    "an arm that is always taken": ("", always_take_the_first, "yes runs where it should not"),
    "a guard too narrow": ("", forget_that_it_covers, "no does not run where it should"),
    "arms that are said to be all": ("", claim_to_cover, "where it should not"),
    "guards left out": ("each", without_a_guard, "work runs where it should not"),
    "an effect left out": ("", drop("aside"), "each runs before aside"),
    "the last effect left out": ("", drop("last"), "last never runs"),
    "an effect done twice": ("", twice, "ask runs twice"),
    "an effect in another scope": ("", elsewhere, "work runs in the graph"),
    "the order reversed": ("", backwards, "last runs before each"),
    "a sequence at the same time": ("", at_the_same_time, "before"),
}  # fmt: skip


def test_what_the_scheduler_makes_holds() -> None:
    verify_regions(*scheduled())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_tree_is_refused(fault: str) -> None:
    scope, change, told = FAULTS[fault]
    program, conditions, regions = scheduled()
    region = regions[scope]
    assert region is not None
    with pytest.raises(Bug, match=told):
        verify_regions(program, conditions, {**regions, scope: everywhere(region, change)})


def test_a_guard_that_asks_for_what_is_not_recorded_yet_is_refused() -> None:
    program, conditions, regions = scheduled()
    good = symbol("h", "good")
    early = Choose((Arm(Binary("==", good, Literal("true")), Do("yes")),), covers=False)
    region = Seq((early, Do("ask")))
    with pytest.raises(Bug, match="a guard reads ask before it is recorded"):
        verify_regions(program, conditions, {**regions, "": region})


def test_an_activation_that_a_pass_has_broken_is_refused() -> None:
    program, conditions, regions = scheduled()
    broken = {**program.definitions, "a:no": Literal(True)}
    with pytest.raises(Bug, match="no fires as it is written where it should not: good is true"):
        verify_regions(replace(program, definitions=broken), conditions, regions)


def test_what_an_effect_reads_must_be_recorded() -> None:
    program, conditions, regions = scheduled()
    # The value of `aside` comes to depend on an answer that the order does not wait for.
    broken = {**program.definitions, "x:aside:input": symbol("v", "ask")}
    with pytest.raises(Bug, match="aside reads ask before it is recorded"):
        verify_regions(replace(program, definitions=broken), conditions, regions)


def together(first: str, second: str) -> Change:
    """One call for two nodes, where the first was."""

    def change(region: Region) -> Region:
        if region == Do(first):
            return Fused((Do(first), Do(second)))
        return drop(second)(region)

    return change


def test_steps_of_one_call_are_of_one_domain() -> None:
    program, conditions, regions = scheduled()
    region = regions[""]
    assert region is not None
    mixed = {**regions, "": everywhere(region, together("ask", "aside"))}
    with pytest.raises(Bug, match="aside is fused with steps that must be kept apart"):
        verify_regions(program, conditions, mixed)


def test_a_call_that_may_not_be_repeated_is_fused_with_none_behind_it() -> None:
    program, conditions, regions = scheduled()
    region = regions[""]
    assert region is not None
    ask = program.flow.nodes["ask"]
    assert isinstance(ask.op, Invoke)
    once = replace(ask, op=replace(ask.op, idempotent=False))
    flow = replace(program.flow, nodes={**program.flow.nodes, "ask": once})
    mixed = {**regions, "": everywhere(region, together("ask", "aside"))}
    with pytest.raises(Bug, match="ask may not be repeated, and aside is fused with it"):
        verify_regions(replace(program, flow=flow), conditions, mixed)


def outlined(gives: frozenset[str]) -> Change:
    def change(region: Region) -> Region:
        return Outline("ask", region, "EXPRESS", gives, "") if region == Do("ask") else region

    return change


def test_a_machine_of_its_own_gives_back_what_is_read_behind_it() -> None:
    program, conditions, regions = scheduled()
    region = regions[""]
    assert region is not None
    given = everywhere(region, outlined(frozenset({"ask"})))
    verify_regions(program, conditions, {**regions, "": given})
    kept_back = everywhere(region, outlined(frozenset()))
    with pytest.raises(Bug, match="reads ask before it is recorded"):
        verify_regions(program, conditions, {**regions, "": kept_back})
