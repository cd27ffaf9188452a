"""Faults that a compiler like ours could have."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.mutation.faulty_compiler import Definition, Fault, Regions, with_flow

from weft.compiler.lower.program import Program
from weft.compiler.schedule.regions import Arm, Choose, Do, Fork, Region, Seq
from weft.expressions.ast import Binary, Expr, Get, If, Literal, Object, Unary
from weft.expressions.references import mapped

State = dict[str, Any]
NULL = Literal(None)


def in_regions(change: Callable[[Region], Region]) -> Fault:
    """Every region changed, inner ones first."""

    def rebuilt(region: Region) -> Region:
        match region:
            case Seq(parts):
                return change(Seq(tuple(map(rebuilt, parts))))
            case Fork(parts):
                return change(Fork(tuple(map(rebuilt, parts))))
            case Choose(arms, covers):
                return change(Choose(tuple(Arm(a.when, rebuilt(a.body)) for a in arms), covers))
        return change(region)

    def regions(found: Regions) -> Regions:
        return {name: region and rebuilt(region) for name, region in found.items()}

    return Fault(regions=regions)


def guards(change: Callable[[Expr], Expr]) -> Fault:
    """Every guard changed."""

    def one(region: Region) -> Region:
        if not isinstance(region, Choose):
            return region
        return replace(region, arms=tuple(Arm(change(a.when), a.body) for a in region.arms))

    return in_regions(one)


def swap_arms(region: Region) -> Region:
    if not isinstance(region, Choose) or len(region.arms) < 2:
        return region
    first, second, *rest = region.arms
    return replace(region, arms=(Arm(first.when, second.body), Arm(second.when, first.body), *rest))


def reverse_arms(region: Region) -> Region:
    if not isinstance(region, Choose) or len(region.arms) < 2 or not region.covers:
        return region
    pairs = zip(region.arms, region.arms[::-1], strict=True)
    return replace(region, arms=tuple(Arm(arm.when, other.body) for arm, other in pairs))


def lose_an_arm(region: Region) -> Region:
    if not isinstance(region, Choose) or len(region.arms) < 2:
        return region
    return Choose(region.arms[:-1], region.covers)


def cover_all(region: Region) -> Region:
    return replace(region, covers=True) if isinstance(region, Choose) else region


def drop_the_last(region: Region) -> Region:
    return Seq(region.parts[:-1]) if isinstance(region, Seq) and len(region.parts) > 2 else region


def do_twice(region: Region) -> Region:
    return Seq((region, region)) if isinstance(region, Do) else region


def hoist(region: Region) -> Region:
    return Seq(region.parts[::-1]) if isinstance(region, Seq) else region


def all_at_once(region: Region) -> Region:
    return Fork(region.parts) if isinstance(region, Seq) else region


def unguarded(region: Region) -> Region:
    if not isinstance(region, Choose):
        return region
    bodies = tuple(arm.body for arm in region.arms)
    return bodies[0] if len(bodies) == 1 else Seq(bodies)


def definitions(kinds: str, change: Callable[[Expr], Expr]) -> Fault:
    """The definitions of some kinds of symbols changed."""

    def program(found: Program) -> Program:
        changed = {
            name: change(expr) if name[0] in kinds else expr
            for name, expr in found.definitions.items()
        }
        return found if changed == found.definitions else replace(found, definitions=changed)

    return Fault(program=program)


def swapped_if(expr: Expr) -> Expr:
    match expr:
        case If(condition, then, otherwise):
            return If(condition, otherwise, then)
    return expr


def first_branch(expr: Expr) -> Expr:
    return expr.then if isinstance(expr, If) else expr


def one_more(expr: Expr) -> Expr:
    match expr:
        case Literal(bool()):
            return expr
        case Literal(int(value)):
            return Literal(value + 1)
    return expr


def lose_or(expr: Expr) -> Expr:
    return expr.left if isinstance(expr, Binary) and expr.op == "or" else expr


def lose_and(expr: Expr) -> Expr:
    return expr.right if isinstance(expr, Binary) and expr.op == "and" else expr


def other_member(expr: Expr) -> Expr:
    return Get(expr.base, "other") if isinstance(expr, Get) else expr


def forget_an_edge(program: Program) -> Program:
    edges = tuple(e for e in program.flow.edges if e.source not in program.stated)
    return program if edges == program.flow.edges else with_flow(program, edges=edges)


def forget_references(program: Program) -> Program:
    return with_flow(program, references=frozenset()) if program.flow.references else program


def return_nothing(program: Program) -> Program:
    changed: dict[str, Expr] = dict.fromkeys(program.returned, NULL)
    return program if changed == program.returned else replace(program, returned=changed)


def mark_the_return(program: Program) -> Program:
    changed: dict[str, Expr] = {k: Object((("v", v),)) for k, v in program.returned.items()}
    return replace(program, returned=changed) if changed else program


def states(scope: Definition) -> Iterator[State]:
    """Every state, inner ones too."""
    for state in scope["States"].values():
        yield state
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from states(inner)


def in_states(change: Callable[[State], None]) -> Fault:
    """Every state of the definition changed, in place."""

    def definition(found: Definition) -> Definition:
        for state in states(found):
            change(state)
        return found

    return Fault(definition=definition)


def assigns(state: State) -> Iterator[dict[str, Any]]:
    for holder in [state, *state.get("Choices", []), *state.get("Catch", [])]:
        yield holder.get("Assign", {})


def drop_null_assigns(state: State) -> None:
    for assign in assigns(state):
        for name in [name for name, value in assign.items() if value is None]:
            del assign[name]


def drop_retries(state: State) -> None:
    state.pop("Retry", None)


def retry_once_more(state: State) -> None:
    for entry in state.get("Retry", []):
        entry["MaxAttempts"] += 1


def retry_everything(state: State) -> None:
    for entry in state.get("Retry", []):
        entry["ErrorEquals"] = ["States.ALL"]


def drop_catches(state: State) -> None:
    state.pop("Catch", None)


def catch_too_little(state: State) -> None:
    for entry in state.get("Catch", []):
        entry["ErrorEquals"] = ["States.Timeout"]


def catch_without_assign(state: State) -> None:
    for entry in state.get("Catch", []):
        entry.pop("Assign", None)


def swap_targets(state: State) -> None:
    if state["Type"] == "Choice":
        rule = state["Choices"][0]
        rule["Next"], state["Default"] = state["Default"], rule["Next"]


def skip_the_next(state: State) -> None:
    if state["Type"] == "Choice":
        state["Choices"][0]["Next"] = state["Default"]


def swap_results(state: State) -> None:
    if state["Type"] == "Parallel":
        for name, value in state.get("Assign", {}).items():
            state["Assign"][name] = value.replace("result[0]", "result[9]").replace(
                "result[1]", "result[0]").replace("result[9]", "result[1]")  # fmt: skip


def lose_a_branch(state: State) -> None:
    if state["Type"] == "Parallel":
        state["Branches"].pop()


def index_from_one(state: State) -> None:
    if state["Type"] == "Map":
        state["ItemSelector"]["index"] = "{% $states.context.Map.Item.Index + 1 %}"


def path_without_index(state: State) -> None:
    if state["Type"] == "Map":
        state["ItemSelector"]["path"] = "{% '0' %}"


def one_item_less(state: State) -> None:
    if state["Type"] == "Map":
        state["Items"] = "{% [" + state["Items"][2:-2] + "][[1..99]] %}"


def lose_inputs(state: State) -> None:
    if "inputs" in (call := single_call(state)):
        call["inputs"] = {}


def lose_the_config(state: State) -> None:
    if "config" in (call := single_call(state)):
        call["config"] = {}


def single_call(state: State) -> dict[str, Any]:
    """The payload of a call of one step; empty for anything else."""
    payload: dict[str, Any] = state.get("Arguments", {}).get("Payload", {})
    return payload if state["Type"] == "Task" and "steps" not in payload else {}


def fused_call(state: State) -> dict[str, Any] | None:
    """The payload of a call of several steps."""
    payload: dict[str, Any] = state.get("Arguments", {}).get("Payload", {})
    return payload if state["Type"] == "Task" and "steps" in payload else None


def drop_retries_of_steps(state: State) -> None:
    for step in (fused_call(state) or {"steps": []})["steps"]:
        step["retry"]["max_retries"] = 0


def swap_values_of_steps(state: State) -> None:
    if call := fused_call(state):
        call["values"].reverse()


def swap_steps(state: State) -> None:
    if call := fused_call(state):
        call["steps"].reverse()


def share_the_first_key(state: State) -> None:
    if call := fused_call(state):
        for step in call["steps"]:
            step["key"] = call["steps"][0]["key"]


def forget_that_steps_fail(state: State) -> None:
    if fused_call(state):
        for name, value in state.get("Assign", {}).items():
            state["Assign"][name] = value.replace("$exists($p.failed)", "false")


def claim_everything(state: State) -> None:
    """Also what an expression reads all of."""
    for payload in payloads(state):
        ports = ("output", "left", "right", "response", "result", "status")
        payload["claims"] = {port: payload.get("claims", {}).get(port, {}) for port in ports}


def claim_what_is_read(state: State) -> None:
    """Without leaving what is read of it to be read."""
    for payload in payloads(state):
        payload["claims"] = {port: {} for port in payload.get("claims", {})}


def payloads(state: State) -> Iterator[dict[str, Any]]:
    """What a runner is sent, if the state calls one."""
    if state["Type"] == "Task" and "Payload" in state["Arguments"]:
        yield state["Arguments"]["Payload"]


def lose_outcomes(state: State) -> None:
    if state["Type"] == "Task":
        for name in state.get("Assign", {}):
            state["Assign"][name] = "{% {'h': 'ok', 'r': {}} %}"


def lose_the_result(definition: Definition) -> Definition:
    for state in definition["States"].values():
        if state.get("End") and "Output" in state:
            state["Output"] = {"result": {}, "response": None}
    return definition


FAULTS: dict[str, Fault] = {
    "flip a guard": guards(lambda when: Unary("not", when)),
    "a guard that always holds": guards(lambda when: Literal(True)),
    "a guard that never holds": guards(lambda when: Literal(False)),
    "lose an alternative of a guard": guards(lose_or),
    "leave guards out": in_regions(unguarded),
    "swap arms": in_regions(swap_arms),
    "put arms in reverse": in_regions(reverse_arms),
    "lose an arm": in_regions(lose_an_arm),
    "take an arm for the rest": in_regions(cover_all),
    "drop an effect": in_regions(drop_the_last),
    "do an effect twice": in_regions(do_twice),
    "hoist above a read": in_regions(hoist),
    "all at the same time": in_regions(all_at_once),
    "forget edges in the order": Fault(order=forget_an_edge),
    "forget references in the order": Fault(order=forget_references),
    "flip an activation": definitions("a", lambda e: Unary("not", e)),
    "lose a path of an activation": definitions("a", lose_or),
    "lose a condition of an activation": definitions("a", lose_and),
    "take values in the wrong order": definitions("x", swapped_if),
    "take the first value, live or not": definitions("x", first_branch),
    "read what was skipped": definitions("o", first_branch),
    "choose the other way": definitions("h", swapped_if),
    "always choose the first way": definitions("h", first_branch),
    "fold a constant wrongly": definitions("vhmp", lambda e: mapped(e, one_more)),
    "read another member": definitions("v", other_member),
    "an iteration gives nothing back": Fault(program=return_nothing),
    "an iteration gives back something else": Fault(program=mark_the_return),
    "drop null-assigns": in_states(drop_null_assigns),
    "drop retries": in_states(drop_retries),
    "retry once more": in_states(retry_once_more),
    "retry everything": in_states(retry_everything),
    "lose catches": in_states(drop_catches),
    "catch too little": in_states(catch_too_little),
    "catch and record nothing": in_states(catch_without_assign),
    "swap targets": in_states(swap_targets),
    "skip an arm": in_states(skip_the_next),
    "swap results of branches": in_states(swap_results),
    "lose a branch": in_states(lose_a_branch),
    "count iterations from one": in_states(index_from_one),
    "take iterations for one": in_states(path_without_index),
    "leave the first item out": in_states(one_item_less),
    "lose a call's inputs": in_states(lose_inputs),
    "lose a call's config": in_states(lose_the_config),
    "claim what is read as a whole": in_states(claim_everything),
    "claim what is read in part": in_states(claim_what_is_read),
    "lose outcomes": in_states(lose_outcomes),
    "drop retries of fused steps": in_states(drop_retries_of_steps),
    "swap what fused steps are given": in_states(swap_values_of_steps),
    "fused steps in reverse": in_states(swap_steps),
    "fused steps share a key": in_states(share_the_first_key),
    "forget that fused steps fail": in_states(forget_that_steps_fail),
    "lose the result": Fault(definition=lose_the_result),
}
