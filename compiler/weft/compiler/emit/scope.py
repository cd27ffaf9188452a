"""Emit one scope: the machine itself, a branch, or the body of a loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from weft.asl.printer import compact
from weft.compiler.emit import child
from weft.compiler.emit.calls import Calls, error_record, seconds
from weft.compiler.emit.fragment import Escape, Exit, Facts, Fragment, State, connect
from weft.compiler.emit.loop import emit_loop
from weft.compiler.emit.naming import Names, variable
from weft.compiler.emit.race import emit_race
from weft.compiler.emit.render import ABSENT, Renderer, path_of, quoted
from weft.compiler.lower.lower import items_of
from weft.compiler.lower.program import Program
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Outline,
    Region,
    Seq,
    outcomes_of,
    stated_in,
)  # fmt: skip
from weft.domain.child_machine import ChildMachine
from weft.expressions.ast import Expr, Literal
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ForEach, Invoke, Race, Repeat, Sleep


@dataclass(slots=True)
class Shared:
    """What all scopes of one machine have in common."""

    program: Program
    regions: Mapping[str, Region | None]
    read: frozenset[str]  # facts that some expression reads
    render: Renderer
    names: Names = field(default_factory=Names)
    source_map: dict[str, dict[str, Any]] = field(default_factory=dict)
    guards: dict[str, tuple[Expr, ...]] = field(default_factory=dict)  # state → of its rules
    loops: dict[str, str] = field(default_factory=dict)  # where rounds begin and end → the loop
    children: dict[str, ChildMachine] = field(default_factory=dict)
    machine: str = ""  # the child whose states are being made

    def name(self, wanted: str, role: str, *nodes: str) -> str:
        """A new state's name, kept in the source map."""
        name = self.names.state(wanted)
        drawn = list(dict.fromkeys(map(self.drawn, nodes)))
        self.source_map[name] = {"role": role, "nodes": drawn}
        if self.machine:
            self.source_map[name]["machine"] = self.machine
        return name

    def drawn(self, node: str) -> str:
        """The id people know a node by."""
        return self.program.flow.nodes[node].drawn


@dataclass(slots=True)
class Scope:
    """Emits the states of one scope. `entering` are assignments the first state has to make."""

    shared: Shared
    depth: int = 0
    loop: str = ""  # the for-each whose body this is directly
    entering: dict[str, str] = field(default_factory=dict)
    escape: Escape | None = None  # where an unhandled error of this scope goes, else it fails
    failed: str = ""  # the state in which the scope fails with what a child failed with
    states: dict[str, State] = field(default_factory=dict)

    def machine(self, region: Region | None, facts: Facts, output: Expr, end: str) -> State:
        """`{"StartAt", "States"}` of a scope that ends with `output`."""
        render = self.shared.render
        if region is None:
            start = self._end(end, render.value(output, facts))
            return {"StartAt": start, "States": self.states}
        fragment = self.fragment(region, facts)
        closed: str | None = None
        for exit_ in fragment.exits:
            if exit_.facts is not None:
                exit_.holder.pop(exit_.key, None)
                exit_.holder["Output"] = render.value(output, exit_.facts)
                exit_.holder["End"] = True
                continue
            closed = closed or self._end(end, render.value(output, fragment.facts))
            exit_.holder[exit_.key] = closed
        return {"StartAt": fragment.entry, "States": self.states}

    def _end(self, wanted: str, output: Any) -> str:
        name = self.shared.name(wanted, "end")
        self.states[name] = {"Type": "Pass", "Output": output, "End": True}
        return name

    def fragment(self, region: Region, facts: Facts) -> Fragment:
        """The states of a region."""
        match region:
            case Do(node=node):
                return self._do(self.shared.program.flow.nodes[node], facts)
            case Seq(parts=parts):
                return self._sequence(parts, facts)
            case Choose():
                return self._choose(region, facts)
            case Fork(parts=parts):
                return self._fork(parts, facts)
            case Outline():
                return self._outline(region, facts)

    def _sequence(self, parts: tuple[Region, ...], facts: Facts) -> Fragment:
        first = last = self.fragment(parts[0], facts)
        for part in parts[1:]:
            following = self.fragment(part, last.facts)
            connect(last.exits, following.entry)
            last = following
        return replace(last, entry=first.entry)

    def take_entering(self) -> dict[str, str]:
        """What the state that is made next has to assign, because it is the scope's first."""
        taken, self.entering = self.entering, {}
        return taken

    def settled(self, facts: Facts) -> dict[str, str]:
        """Facts behind the scope's first state: what it was entered with is in variables."""
        if not self.loop:
            return dict(facts)
        return {**facts, f"i:{self.loop}": f"${variable('i', self.loop, self.depth)}"}

    def _do(self, node: FlowNode, facts: Facts) -> Fragment:
        op = self.shared.program.effects.get(node.id)
        if isinstance(op, Repeat):
            return emit_loop(self, node, op, facts)
        if isinstance(op, ForEach | Race) and self.entering:
            return self._after_item(Do(node.id), facts)
        if isinstance(op, Race):
            return emit_race(self, node, op, facts)
        name = self.shared.name(node.id, "step", node.id)
        if isinstance(op, Invoke):
            calls = Calls(self.shared.render, self.shared.program.flow)
            state = calls.task(node, op, facts)
            record, catches = calls.answer(node, op, facts), calls.catches(node, op, facts)
        elif isinstance(op, ForEach):
            state = self._map(node, op, facts)
            record, catches = "{'h': 'ok', 'r': $states.result}", self.loop_catches(node)
        elif isinstance(op, Sleep):
            state, record, catches = self._wait(op, facts), "", []
        else:
            value = self.shared.program.records[node.id]
            state, catches = {"Type": "Pass"}, []
            record = self.shared.render.code(value, facts)
        return self._finished(name, state, node.id, (record, catches), facts)

    def _finished(
        self,
        name: str,
        state: State,
        node: str,
        ends: tuple[str, list[tuple[list[str], str]]],
        facts: Facts,
    ) -> Fragment:
        """Assign the outcome, on success and on every caught error, and leave the ends open."""
        record, catches = ends
        fact, entering = f"n:{node}", self.take_entering()
        kept = fact in self.shared.read and bool(record)
        held = variable("n", node, self.depth)
        here, after = dict(facts), self.settled(facts)
        if kept:
            here[fact], after[fact] = record, f"${held}"
        assign = {**entering, **({held: quoted(record)} if kept else {})}
        if assign:
            state["Assign"] = assign
        exits = [Exit(state, facts=here)]
        caught = []
        for errors, outcome in catches:
            entry: State = {"ErrorEquals": errors}
            both = {**entering, **({held: quoted(outcome)} if kept else {})}
            if both:
                entry["Assign"] = both
            caught.append(entry)
            exits.append(Exit(entry))
        self.guard(state, caught)
        self.states[name] = state
        return Fragment(name, tuple(exits), after)

    def guard(self, state: State, caught: list[State]) -> None:
        """What nobody catches goes where the scope has a way for it, else it fails the run."""
        everything = any("States.ALL" in entry["ErrorEquals"] for entry in caught)
        if self.escape and not everything and state["Type"] in ("Task", "Map", "Parallel"):
            entry: State = {"ErrorEquals": ["States.ALL"]}
            if self.escape.caught:
                entry["Assign"] = dict(self.escape.caught)
            self.escape.ends.append(entry)
            caught.append(entry)
        if caught:
            state["Catch"] = caught

    def _wait(self, op: Sleep, facts: Facts) -> State:
        render = self.shared.render
        if op.until is not None:
            return {"Type": "Wait", "Timestamp": render.value(op.until, facts)}
        value = seconds(op.seconds or Literal(0), least=0)
        return {"Type": "Wait", "Seconds": render.value(value, facts)}

    def loop_catches(self, node: FlowNode) -> list[tuple[list[str], str]]:
        if node.on_error is OnError.BRANCH:
            return [(["States.ALL"], error_record(node.id))]
        if node.on_error is OnError.CONTINUE:
            code = self.shared.render.code(Literal(node.on_error_value), {})
            return [(["States.ALL"], f"{{'h': 'ok', 'r': {code}}}")]
        return []

    def _map(self, node: FlowNode, op: ForEach, facts: Facts) -> State:
        index = "$states.context.Map.Item.Index"
        path = f"$string({index})"
        if node.scope:
            path = f"{path_of(self.shared.program.flow, node.scope, facts)} & '.' & {path}"
        body = Scope(self.shared, self.depth + 1, loop=node.id)
        body.entering = {variable("i", node.id, body.depth): quoted("$states.input")}
        inner = {**facts, f"i:{node.id}": "$states.input"}
        if op.skip_failed:
            body.escape = Escape()
        machine = body.machine(
            self.shared.regions[node.id],
            inner,
            self.shared.program.returned[node.id],
            f"{node.id}: item done",
        )
        if body.escape and body.escape.ends:
            failed = self.shared.name(f"{node.id}: failed item", "end")
            body.states[failed] = {"Type": "Pass", "Output": None, "End": True}
            connect(tuple(map(Exit, body.escape.ends)), failed)
        return {
            "Type": "Map",
            "Items": self.shared.render.value(items_of(op.items), facts),
            "ItemSelector": {
                "item": quoted("$states.context.Map.Item.Value"),
                "index": quoted(index),
                "path": quoted(path),
            },
            "MaxConcurrency": op.concurrency,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **machine},
        }

    def _choose(self, region: Choose, facts: Facts) -> Fragment:
        render, entering = self.shared.render, self.take_entering()
        first = stated_in(region)[0]
        name = self.shared.name(f"{self.shared.drawn(first)}?", "choice", *stated_in(region))
        choice: State = {"Type": "Choice", "Choices": []}
        self.states[name] = choice
        told = region.arms[:-1] if region.covers else region.arms
        self.shared.guards[name] = tuple(arm.when for arm in told)
        every = [self._kept(outcomes_of(arm.body)) for arm in region.arms]
        settled = self.settled(facts)
        exits: list[Exit] = []
        for index, arm in enumerate(region.arms):
            others = [node for at, found in enumerate(every) if at != index for node in found]
            inside = {**settled, **{f"n:{node}": ABSENT for node in others}}
            fragment = self.fragment(arm.body, inside)
            exits.extend(fragment.exits)
            assign: dict[str, Any] = {**entering, **self._nothing(others)}
            last = region.covers and index == len(region.arms) - 1
            rule: State = choice if last else {"Condition": quoted(render.code(arm.when, facts))}
            if assign:
                rule["Assign"] = assign
            rule["Default" if last else "Next"] = fragment.entry
            if not last:
                choice["Choices"].append(rule)
        everything = [node for found in every for node in found]
        if not region.covers:
            assign = {**entering, **self._nothing(everything)}
            if assign:
                choice["Assign"] = assign
            exits.append(Exit(choice, "Default"))
        if not choice["Choices"]:
            raise AssertionError(f"{name} has one arm that always runs")
        after = {**settled, **{f"n:{n}": f"${variable('n', n, self.depth)}" for n in everything}}
        return Fragment(name, tuple(exits), after)

    def _kept(self, nodes: list[str]) -> list[str]:
        """Those whose outcome somebody reads."""
        return [node for node in nodes if f"n:{node}" in self.shared.read and self._recorded(node)]

    def _recorded(self, node: str) -> bool:
        return not isinstance(self.shared.program.effects.get(node), Sleep)

    def _nothing(self, nodes: list[str]) -> dict[str, Any]:
        return {variable("n", node, self.depth): None for node in nodes}

    def _fork(self, parts: tuple[Region, ...], facts: Facts) -> Fragment:
        if self.entering:
            return self._after_item(Fork(parts), facts)
        settled = self.settled(facts)
        nodes = [name for part in parts for name in stated_in(part)]
        name = self.shared.name(f"fork {self.shared.drawn(nodes[0])}", "parallel", *nodes)
        branches, here, after, assign = [], dict(settled), dict(settled), {}
        for index, part in enumerate(parts):
            kept = self._kept(outcomes_of(part))
            branch = Scope(self.shared, self.depth + 1)
            branches.append(branch.branch(part, settled, kept))
            for node in kept:
                key, fact = variable("n", node, 0), f"n:{node}"
                here[fact] = f"$states.result[{index}].{key}"
                held = variable("n", node, self.depth)
                assign[held], after[fact] = quoted(here[fact]), f"${held}"
        state: State = {"Type": "Parallel", "Branches": branches}
        if assign:
            state["Assign"] = assign
        self.guard(state, [])
        self.states[name] = state
        return Fragment(name, (Exit(state, facts=here),), after)

    def _outline(self, region: Outline, facts: Facts) -> Fragment:
        """Start the region's machine and wait for it."""
        shared, nodes = self.shared, stated_in(region)
        kept = self._kept(outcomes_of(region))
        name = shared.name(region.name, "child", *nodes)
        around, shared.machine = shared.machine, region.name
        body = Scope(shared).branch(region.body, child.inside(facts), kept)
        shared.machine = around
        definition = {"QueryLanguage": "JSONata", **body}
        shared.children[region.name] = ChildMachine(region.type, definition)
        loop = shared.program.flow.nodes[nodes[0]].scope
        path = path_of(shared.program.flow, loop, facts) if loop else ""
        state = child.starting(region.type, region.name, compact(definition), facts, path)
        given = child.outcomes(region.type, kept)
        held = {f"n:{node}": variable("n", node, self.depth) for node in kept}
        assign = {**self.take_entering(), **{held[fact]: quoted(given[fact]) for fact in held}}
        if not kept:
            assign |= child.looked_at(region.type, region.name)
        if assign:
            state["Assign"] = assign
        self.guard(state, [])
        if "Catch" not in state:
            state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": self._failing()}]
        self.states[name] = state
        after = {**self.settled(facts), **{fact: f"${text}" for fact, text in held.items()}}
        return Fragment(name, (Exit(state, facts={**facts, **given}),), after)

    def _failing(self) -> str:
        if not self.failed:
            self.failed = self.shared.name("child failed", "end")
            self.states[self.failed] = child.failing()
        return self.failed

    def _after_item(self, region: Region, facts: Facts) -> Fragment:
        """Keep the iteration's input in a state of its own: what is inside the first state of
        the body has an input of its own, and could not see it."""
        name = self.shared.name(f"{self.loop}: item", "item")
        self.states[name] = state = {"Type": "Pass", "Assign": self.take_entering()}
        fragment = self.fragment(region, self.settled(facts))
        state["Next"] = fragment.entry
        return replace(fragment, entry=name)

    def branch(self, region: Region, facts: Facts, kept: list[str]) -> State:
        """A branch of a fork: it ends with a record of the outcomes that are read outside."""
        fragment = self.fragment(region, facts)
        first = self.shared.drawn(stated_in(region)[0])
        closed: str | None = None
        for exit_ in fragment.exits:
            if exit_.facts is not None:
                exit_.holder.pop(exit_.key, None)
                exit_.holder["Output"] = _outcomes(kept, exit_.facts)
                exit_.holder["End"] = True
                continue
            closed = closed or self._end(f"{first}: branch done", _outcomes(kept, fragment.facts))
            exit_.holder[exit_.key] = closed
        return {"StartAt": fragment.entry, "States": self.states}


def _outcomes(kept: list[str], facts: Facts) -> dict[str, str]:
    return {variable("n", node, 0): quoted(facts[f"n:{node}"]) for node in kept}
