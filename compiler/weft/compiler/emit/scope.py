"""Emit one scope: the machine itself, a branch, or the body of a loop.

Every region is emitted with the open ends that lead to it, and leaves open ends behind. So an end
may pass a region by, where what is known there says that nothing of it runs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from weft.asl.timestamp import is_timestamp
from weft.compiler.emit import child
from weft.compiler.emit.calls import Calls, seconds
from weft.compiler.emit.choosing import Choosing
from weft.compiler.emit.conditional import emit_conditional, gathered, replaceable
from weft.compiler.emit.demands import emit_demands
from weft.compiler.emit.each import each_item, errors_handled
from weft.compiler.emit.fork import emit_fork
from weft.compiler.emit.fragment import Choice, Escape, Exit, Facts, State, connect
from weft.compiler.emit.fused import emit_fused
from weft.compiler.emit.futures import emit_await, emit_tell
from weft.compiler.emit.hoist import hoisted
from weft.compiler.emit.loop import emit_loop
from weft.compiler.emit.naming import variable
from weft.compiler.emit.outline import emit_outline
from weft.compiler.emit.race import emit_race
from weft.compiler.emit.render import ABSENT, quoted
from weft.compiler.emit.shared import Shared
from weft.compiler.lower.activation import OK
from weft.compiler.lower.closure import local_name
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.regions import (
    Choose,
    Do,
    Fork,
    Fused,
    Outline,
    Region,
    Seq,
    first_of,
    marks_in,
    recorded_in,
    stated_in,
)  # fmt: skip
from weft.compiler.schedule.tree import Await, Tell
from weft.expressions.ast import Expr, Literal, Object, Ref, RefKind
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ERROR_PORT, ForEach, Invoke, Race, Repeat, Require, Sleep


@dataclass(slots=True)
class Scope:
    """Emits the states of one scope. `entering` are assignments the first state has to make.

    `watched`: something around the scope, in the same run, reads what it failed with. Where nothing
    does, an error that a task's expressions raise stays as it is: a run goes on, when it is
    redriven, from the state that failed, and that must not be one that only tells of an error.
    """

    shared: Shared
    depth: int = 0
    loop: str = ""  # the for-each whose body this is directly
    entering: dict[str, str] = field(default_factory=dict)
    escape: Escape | None = None  # where an unhandled error of this scope goes, else it fails
    watched: bool = False
    failed: str = ""  # the state in which the scope fails with what a child failed with
    states: dict[str, State] = field(default_factory=dict)

    def machine(self, region: Region | None, facts: Facts, output: Expr, end: str) -> State:
        """`{"StartAt", "States"}` of a scope that ends with `output`."""
        render = self.shared.render
        until = self.shared.usage.ends[self.loop]
        return self._closed(region, facts, until, end, lambda at: render.value(output, at))

    def branch(self, region: Region, facts: Facts, kept: list[str]) -> State:
        """A branch of a fork: it ends with a record of the outcomes that are read outside."""
        until = self.shared.usage.span(region)[1]
        end = f"{self.shared.drawn(first_of(region))}: branch done"
        return self._closed(region, facts, until, end, lambda at: _outcomes(kept, at))

    def _closed(
        self,
        region: Region | None,
        facts: Facts,
        until: int,
        end: str,
        output: Callable[[Facts], Any],
    ) -> State:
        machine: State = {}
        exits = [Exit(machine, "StartAt", facts)]
        after = facts
        if region is not None:
            exits, after = self.region(region, exits, facts, until, last=True)
        closed: str | None = None
        for exit_ in exits:
            if exit_.ends:
                exit_.holder.pop(exit_.key, None)
                exit_.holder["Output"] = output(exit_.facts)
                exit_.holder["End"] = True
                continue
            if closed is None:
                closed = self.shared.name(end, "end")
                self.states[closed] = {"Type": "Pass", "Output": output(after), "End": True}
            exit_.holder[exit_.key] = closed
        return {**machine, "States": self.states}

    def region(
        self, region: Region, exits: list[Exit], facts: Facts, until: int, *, last: bool = False
    ) -> tuple[list[Exit], Facts]:
        """The ends behind a region, and how facts read in variables there.

        `until`: the last place that may read what is packed behind it; `last`: the scope ends
        behind it.
        """
        match region:
            case Do(node=node):
                return self._do(self.shared.program.flow.nodes[node], exits, facts)
            case Seq(parts=parts):
                return self._sequence(parts, exits, facts, until, last=last)
            case Choose():
                return self._choose(region, exits, facts, last=last)
            case Fork(parts=parts):
                chosen = self.hoisted(region)
                if chosen is not None:
                    return self._choose(chosen, exits, facts, last=last)
                return emit_fork(self, parts, exits, facts)
            case Fused():
                return emit_fused(self, region, exits, facts)
            case Outline():
                return emit_outline(self, region, exits, facts)
            case Tell():
                return emit_tell(self, region, exits, facts)
            case Await():
                return emit_await(self, region, exits, facts)

    def _sequence(
        self,
        parts: tuple[Region, ...],
        exits: list[Exit],
        facts: Facts,
        until: int,
        *,
        last: bool,
    ) -> tuple[list[Exit], Facts]:
        until = max(until, self.shared.usage.span(parts[-1])[1])
        if last and self.shared.maps:
            parts = gathered(parts, facts.known, self.shared.knowledge.conditions.diagrams)
        for part in parts:
            place, final = self.shared.usage.span(part)[1], part is parts[-1]
            exits, facts = self.region(part, exits, facts, place, last=last and final)
            if not final:
                facts = self._packed(part, exits, facts, until)
        return exits, facts

    def _packed(self, part: Region, exits: list[Exit], facts: Facts, until: int) -> Facts:
        """Compute flags once, at every end of the part that made them known.

        They go into one variable, because the fields of an `Assign` do not see each other.
        """
        names = self.shared.usage.packed(self.shared.usage.span(part), until, facts)
        if not names or any(exit_.starts for exit_ in exits):
            return facts
        own = stated_in(part)
        number = next((mark.future.name for mark in marks_in(part)), "")
        held = variable("f", own[0], self.depth) if own else variable("w", number, self.depth)
        flags = {name: local_name(name) for name in names}
        made = Object(tuple((key, Ref(RefKind.SYMBOL, name)) for name, key in flags.items()))
        for exit_ in exits:
            exit_.assign({held: quoted(self.shared.render.code(made, exit_.facts))})
        return facts.told({name: f"${held}.{key}" for name, key in flags.items()})

    def take_entering(self) -> dict[str, str]:
        """What the state that is made next has to assign, because it is the scope's first."""
        taken, self.entering = self.entering, {}
        return taken

    def settled(self, facts: Facts) -> Facts:
        """Facts behind the scope's first state: what it was entered with is in variables."""
        if not self.loop or self.entering:  # no state of it stands yet
            return facts
        return facts.told({f"i:{self.loop}": f"${variable('i', self.loop, self.depth)}"})

    def _do(self, node: FlowNode, exits: list[Exit], facts: Facts) -> tuple[list[Exit], Facts]:
        op = self.shared.program.effects.get(node.id)
        if isinstance(op, Repeat):
            return emit_loop(self, node, op, exits, facts)
        if isinstance(op, ForEach | Race) and self.entering:
            exits, facts = self.after_item(exits, facts)
        if isinstance(op, Race):
            return emit_race(self, node, op, exits, facts)
        if isinstance(op, Require):
            return emit_demands(self, node, op, exits, facts)
        name = self.shared.name(node.id, "step", node.id)
        connect(exits, name)
        if isinstance(op, Invoke):
            calls = Calls(self.shared.render, self.shared.program.flow, self.shared.claims)
            state = calls.task(node, op, facts)
            record, catches = calls.answer(node, op, facts), calls.catches(node, op, facts)
        elif isinstance(op, ForEach):
            state = each_item(self, node, op, facts)
            record, catches = "{'h': 'ok', 'r': $states.result}", errors_handled(self.shared, node)
        elif isinstance(op, Sleep):
            state, record, catches = self._wait(op, facts), "", []
        else:
            value = self.shared.program.records[node.id]
            state, catches = {"Type": "Pass"}, []
            record = self.shared.render.code(value, facts)
        return self._finished(name, state, node, (record, catches), facts)

    def _finished(
        self,
        name: str,
        state: State,
        node: FlowNode,
        ends: tuple[str, list[tuple[list[str], str]]],
        facts: Facts,
    ) -> tuple[list[Exit], Facts]:
        """Assign the outcome, on success and on every caught error, and leave the ends open."""
        record, catches = ends
        fact, entering = f"n:{node.id}", self.take_entering()
        held = variable("n", node.id, self.depth)
        kept = bool(self.kept([node.id], self.shared.usage.place[node.id]))

        def left(holder: State, text: str, known: Diagram, *, ends: bool) -> Exit:
            end = Exit(holder, "Next", facts.told({fact: text} if text else {}, known), ends)
            end.assign({**entering, **({held: quoted(text)} if kept else {})})
            return end

        known = self._not_aside(node, facts.known)
        exits, caught = [left(state, record, known, ends=True)], []
        for errors, outcome in catches:
            entry: State = {"ErrorEquals": errors}
            caught.append(entry)
            exits.append(left(entry, outcome, self._aside(node, errors, facts.known), ends=False))
        self.guard(state, caught)
        self.states[name] = state
        return exits, self.settled(facts).told({fact: f"${held}"})

    def _aside(self, node: FlowNode, errors: list[str], known: Diagram) -> Diagram:
        """What is known where an error was caught."""
        op = node.op
        port = ERROR_PORT if node.on_error is OnError.BRANCH else None
        if errors == ["States.Timeout"] and isinstance(op, Invoke) and op.timeout_port:
            port = op.timeout_port
        elif node.on_error is OnError.CONTINUE and isinstance(op, Invoke) and not op.routes:
            port = OK
        return known if port is None else self.shared.knowledge.with_outcome(known, node.id, port)

    def _not_aside(self, node: FlowNode, known: Diagram) -> Diagram:
        """What is known where a state succeeded: it took no way that only an error leads to."""
        op, apart = node.op, []
        if node.on_error is OnError.BRANCH:
            apart.append(ERROR_PORT)
        if isinstance(op, Invoke) and op.timeout_port:
            apart.append(op.timeout_port)
        answers = {case.port for case in op.routes} if isinstance(op, Invoke) else set()
        for port in apart:
            if port not in answers:
                known = self.shared.knowledge.without_outcome(known, node.id, port)
        return known

    def stop(self, rule: State, error: tuple[str, str], name: tuple[str, str, str]) -> None:
        """Lead a rule of a choice to an error, by name and message: to whoever handles errors
        here, else to a state called `name` (as `Shared.name` takes it) that fails."""
        if self.escape is not None:
            self.escape.take(rule, self.escape.stopped(*error))
            return
        rule["Next"] = self.shared.name(*name)
        self.states[rule["Next"]] = {"Type": "Fail", "Error": error[0], "Cause": error[1]}

    def guard(self, state: State, caught: list[State]) -> None:
        """What nobody catches goes where the scope has a way for it, else it fails the run."""
        everything = any("States.ALL" in entry["ErrorEquals"] for entry in caught)
        if self.escape and not everything and state["Type"] in ("Task", "Map", "Parallel"):
            entry: State = {"ErrorEquals": ["States.ALL"]}
            self.escape.take(entry, self.escape.caught)
            caught.append(entry)
        if caught:
            state["Catch"] = caught

    def guard_raising(self, state: State) -> None:
        """The same for a task whose own expressions raise what a child, or a step, failed with."""
        self.guard(state, [])
        if "Catch" in state or not self.watched:
            return
        if not self.failed:
            self.failed = self.shared.name("child failed", "end")
            self.states[self.failed] = child.failing()
        state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": self.failed}]

    def inner(self, loop: str = "", *, watched: bool = False) -> "Scope":
        """A scope in this one, of the same machine."""
        return Scope(self.shared, self.depth + 1, loop, watched=self.watched or watched)

    def _wait(self, op: Sleep, facts: Facts) -> State:
        render = self.shared.render
        if op.until is not None:
            until = render.value(op.until, facts)
            if isinstance(op.until, Literal) and not is_timestamp(until):
                # The host would refuse the machine for it, and the wait may never be come to.
                until = quoted(render.code(op.until, facts))
            return {"Type": "Wait", "Timestamp": until}
        value = seconds(op.seconds or Literal(0), least=0)
        return {"Type": "Wait", "Seconds": render.value(value, facts)}

    def _choose(
        self, region: Choose, exits: list[Exit], facts: Facts, *, last: bool
    ) -> tuple[list[Exit], Facts]:
        """Lead every end to the arm that runs there, through one shared choice where need be."""
        nodes = list(dict.fromkeys(recorded_in(region)))
        lost = self._lost(region, nodes)
        choosing = Choosing(region, self.shared.knowledge, self.shared.render, lost)
        apart = [exit_ for exit_ in exits if not choosing.led(exit_)]
        one = choosing.only_way(facts.known)
        read = {f"n:{node}": f"${variable('n', node, self.depth)}" for node in nodes}
        left: list[Exit] = []
        if apart and last and one is None and replaceable(self, choosing):
            known = self.shared.knowledge.both(facts.known, region.arms[0].guard)
            inside = facts.told({}, known)
            left.append(emit_conditional(self, region, apart, facts, inside))
        elif apart:
            name = self.shared.name(
                f"{self.shared.drawn(first_of(region))}?",
                "choice" if one is None else "item",
                *nodes,
            )
            connect(apart, name)
            state: State = {"Type": "Pass"}
            end = Exit(state, "Next", facts, ends=True)
            if one is None:
                state = {"Type": "Choice", "Choices": []}
                choice = Choice(state, [])
                self.shared.guards[name] = choice.guards
                end = Exit(state, "Default", facts, choice=choice)
            end.assign(self.take_entering())
            self.states[name] = state
            choosing.spread(end)
        settled = self.settled(facts)
        left += choosing.past
        for index, (arm, leading) in enumerate(zip(region.arms, choosing.leading, strict=True)):
            if leading:
                absent = {f"n:{node}": ABSENT for node in choosing.others(index)}
                known = self.shared.knowledge.both(settled.known, arm.guard)
                inside = settled.told(absent, known)
                until = self.shared.usage.span(arm.body)[1]
                left += self.region(arm.body, leading, inside, until, last=last)[0]
        return left, settled.told(read)

    def hoisted(self, fork: Fork) -> Choose | None:
        """The choice to make before a fork, if that is worth it."""
        program, diagrams = self.shared.program, self.shared.knowledge.conditions.diagrams
        return hoisted(fork, diagrams, program.is_counted)

    def kept(self, nodes: Iterable[str], place: int) -> list[str]:
        """Those whose outcome somebody reads behind the place."""
        usage = self.shared.usage
        return [
            node
            for node in nodes
            if (usage.later(f"n:{node}", place) or node in self.shared.shown)
            and not isinstance(self.shared.program.effects.get(node), Sleep | Require)
        ]

    def _lost(self, region: Choose, nodes: list[str]) -> list[dict[str, Any]]:
        """By arm, and last for none of them: nothing in place of what is read later on."""
        kept = self.kept(nodes, self.shared.usage.span(region)[1])
        inside = [set(recorded_in(arm.body)) for arm in region.arms]
        return [
            {variable("n", node, self.depth): None for node in kept if node not in there}
            for there in [*inside, set[str]()]
        ]

    def after_item(self, exits: list[Exit], facts: Facts) -> tuple[list[Exit], Facts]:
        """Keep the iteration's input in a state of its own: what is inside the first state of
        the body has an input of its own, and could not see it."""
        name = self.shared.name(f"{self.loop}: item", "item")
        connect(exits, name)
        state: State = {"Type": "Pass"}
        self.states[name] = state
        end = Exit(state, "Next", facts, ends=True)
        end.assign(self.take_entering())
        return [end], self.settled(facts)


def _outcomes(kept: list[str], facts: Facts) -> dict[str, str]:
    return {variable("n", node, 0): quoted(facts[f"n:{node}"]) for node in kept}
