"""Under which condition each state of a definition is entered, read off the definition itself.

Walks the states of every scope from its start. A choice divides the condition by its rules, a task
by what it ends in, a Map that stands for a choice by its guard; where ways meet, conditions are
joined. So whatever the emitter made of the region tree is what is counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.asl.machines import started
from weft.asl.token_item import UPDATE_AND_WAIT
from weft.compiler.lower.activation import several
from weft.compiler.lower.repeat import scopes_around
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.ir.flow import FlowNode, OnError
from weft.ir.ops import ERROR_PORT, Invoke, Repeat

State = Mapping[str, Any]
# Beside the ports of a node: it failed and the run went on with a value; nobody answered in time.
CAUGHT, LATE = "\0caught", "\0late"
# The variable of a future, beside those of nodes: which of its two sides came first.
FUTURE, TOLD_FIRST, AWAITED_FIRST = "\0future", "told", "awaited"


@dataclass(frozen=True, slots=True)
class Entered:
    """A state, when it is entered in one activation of its scope, and the loops around it."""

    name: str
    state: State
    when: Diagram
    loops: tuple[str, ...] = ()  # outermost first
    machine: str = ""  # the child whose state it is


@dataclass(slots=True)
class Reach:
    """`children`: definitions by name. `guards`: of each choice, when its rules hold; of a Map that
    stands for one, its guard.

    `step`: of each state with a node of its own, that node. `loops`: of the states in the rounds of
    a loop, that loop, the innermost one. `tests`: the choices with which rounds end. `futures`: of
    the states in which a future is told or awaited, the future, and where it is awaited.
    """

    conditions: Conditions
    guards: Mapping[str, tuple[Diagram, ...]]
    step: Mapping[str, str]
    children: Mapping[str, State] = field(default_factory=dict)
    loops: Mapping[str, str] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    futures: Mapping[str, tuple[str, Diagram]] = field(default_factory=dict)
    found: list[Entered] = field(default_factory=list)
    _started: dict[str, Diagram] = field(default_factory=dict)  # when each loop was come to

    def machine(
        self, machine: State, when: Diagram = True, loops: tuple[str, ...] = (), child: str = ""
    ) -> None:
        """Every state of a scope that is entered where `when` holds, and of what it starts."""
        either = self.conditions.diagrams.either
        entered: dict[str, Diagram] = {machine["StartAt"]: when}
        states = machine["States"]
        for name in in_order(machine):
            here, around = entered.get(name, False), self._around(name, loops)
            state = states[name]
            self.found.append(Entered(name, state, here, around, child))
            for target, taken in self._led(name, state, here):
                entered[target] = either(entered.get(target, False), taken)
                for loop in self._around(target, loops):
                    if loop not in around:
                        self._started[loop] = either(self._started.get(loop, False), taken)
            self._inside(name, state, here, around, child)

    def _around(self, name: str, loops: tuple[str, ...]) -> tuple[str, ...]:
        """The loops around a state in a scope with `loops` around it, outermost first."""
        loop = self.loops.get(name)
        if loop is None:
            return loops
        return (*scopes_around(self.conditions.flow, loop)[::-1], loop)

    def _led(self, name: str, state: State, when: Diagram) -> Iterator[tuple[str, Diagram]]:
        """Where a state leads, and when. The end of the last round goes on where its loop was
        come to; one that ended in an error leads on from where it was stopped."""
        if name not in self.tests:
            for target, taken in self._ways(name, state, when):
                yield target, self._out_of(name, target, taken)
            return
        loop = self.loops[name]
        failed, over = self._ended(loop)
        following, stop = state["Choices"][:2]
        yield following["Next"], False
        yield stop["Next"], failed
        for target, taken in self._ways(name, state, over):
            yield target, self._out_of(name, target, taken, loop)

    def _ended(self, loop: str) -> tuple[Diagram, Diagram]:
        """Where a loop ends in an error, and where it ends otherwise."""
        diagrams = self.conditions.diagrams
        started = self._started.get(loop, False)
        failed = diagrams.both(started, self._failed(self.conditions.flow.nodes[loop]))
        return failed, diagrams.both(started, diagrams.negated(failed))

    def _out_of(self, name: str, target: str, taken: Diagram, own: str = "") -> Diagram:
        """The condition of a way that may leave loops: what holds in a round is none outside."""
        beyond = self._around(target, ())
        left = [loop for loop in self._around(name, ()) if loop not in (*beyond, own)]
        repeated = [n for n in left if isinstance(self.conditions.flow.nodes[n].op, Repeat)]
        return self._ended(repeated[0])[1] if repeated and taken is not False else taken

    def _inside(
        self, name: str, state: State, when: Diagram, loops: tuple[str, ...], child: str
    ) -> None:
        for branch in state.get("Branches", ()):
            self.machine(branch, when, loops, child)
        for name_of_child in started(state.get("Arguments")):
            self.machine(self.children[name_of_child], when, loops, name_of_child)
        if "ItemProcessor" not in state:
            return
        node = self.step.get(name)
        if name in self.guards:  # one iteration where the guard holds, none elsewhere
            taken = self.conditions.diagrams.both(when, self.guards[name][0])
            self.machine(state["ItemProcessor"], taken, loops, child)
        elif node is not None:
            self.machine(state["ItemProcessor"], when, (*loops, node), child)

    def _ways(self, name: str, state: State, when: Diagram) -> Iterator[tuple[str, Diagram]]:
        diagrams = self.conditions.diagrams
        if state["Type"] == "Choice":
            rest = when
            for rule, guard in zip(state["Choices"], self.guards[name], strict=True):
                yield rule["Next"], diagrams.both(rest, guard)
                rest = diagrams.both(rest, diagrams.negated(guard))
            if "Default" in state:
                yield state["Default"], rest
            return
        rest = when
        for catch in state.get("Catch", ()):
            taken = diagrams.both(when, self._caught(name, state, catch))
            yield catch["Next"], taken
            rest = diagrams.both(rest, diagrams.negated(taken))
        if "Next" in state:
            yield state["Next"], rest

    def _caught(self, name: str, state: State, catch: State) -> Diagram:
        """The outcomes of the state's node that its catch stands for; none for a lost item."""
        if name in self.futures:
            return self._first(*self.futures[name], state)
        node = self.conditions.flow.nodes.get(self.step.get(name, ""))
        if node is None:
            return False
        late = isinstance(node.op, Invoke) and node.op.timeout_port is not None
        if late and catch["ErrorEquals"] == ["States.Timeout"]:
            return self._aside(node, LATE)
        return self._failed(node)

    def _first(self, future: str, awaited: Diagram, state: State) -> Diagram:
        """Where one side of a future finds that the other one came first."""
        diagrams, variable = self.conditions.diagrams, (FUTURE, future)
        if not diagrams.declared(variable):
            diagrams.declare(variable, (TOLD_FIRST, AWAITED_FIRST))
        if state["Resource"] == UPDATE_AND_WAIT:
            return diagrams.test(variable, TOLD_FIRST)
        return diagrams.both(awaited, diagrams.test(variable, AWAITED_FIRST))

    def _failed(self, node: FlowNode) -> Diagram:
        """It ended in an error, and the run went on."""
        if node.on_error is OnError.BRANCH:
            if several(node):
                return self.conditions.matched(node.id, ERROR_PORT)
            return self.conditions.chose(node.id, ERROR_PORT)
        return self._aside(node, CAUGHT) if node.on_error is OnError.CONTINUE else False

    def _aside(self, node: FlowNode, what: str) -> Diagram:
        """How it ended, where its ports do not tell: the way out of its state is another one."""
        diagrams = self.conditions.diagrams
        if not diagrams.declared((node.id, what)):
            diagrams.declare((node.id, what), ("yes", "no"))
        return diagrams.test((node.id, what), "yes")


def in_order(machine: State) -> list[str]:
    """The states of one scope, each after all that lead to it (ways back left out)."""
    states = machine["States"]
    order: list[str] = []
    seen = {machine["StartAt"]}
    stack: list[tuple[str, Iterator[str]]] = [
        (machine["StartAt"], iter(targets(states[machine["StartAt"]])))
    ]
    while stack:
        name, rest = stack[-1]
        for target in rest:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(targets(states[target]))))
                break
        else:
            stack.pop()
            order.append(name)
    return order[::-1]


def targets(state: State) -> list[str]:
    """Where a state can lead."""
    found = [rule["Next"] for rule in (*state.get("Choices", ()), *state.get("Catch", ()))]
    return [*found, *(state[key] for key in ("Next", "Default") if key in state)]
