"""One definition with the conditions of its states: what costs are counted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weft.compiler.cost.reach import Entered, Reach
from weft.compiler.emit.emit import Emitted
from weft.compiler.lower.program import Program
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram, Diagrams
from weft.compiler.verify.readback import Readback
from weft.ir.ops import Repeat


@dataclass(frozen=True, slots=True)
class Machine:
    """All the states of an artefact. `nodes`: state → the nodes it is for; `express`: the child
    machines that are Express; `diagrams`: what the conditions are made of; `fired`: when each node
    fires; `standard`: the definitions of the Standard children; `rounds`: of each choice with which
    the rounds of a loop end, how many there may be."""

    definition: Mapping[str, Any]
    entered: Sequence[Entered]
    nodes: Mapping[str, Sequence[str]]
    diagrams: Diagrams
    express: frozenset[str] = frozenset()
    fired: Mapping[str, Diagram] = field(default_factory=dict)
    standard: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rounds: Mapping[str, int] = field(default_factory=dict)

    def billed(self) -> list[Entered]:
        """The states that are paid one by one: those of Standard machines."""
        return [one for one in self.entered if one.machine not in self.express]


def machine_of(program: Program, conditions: Conditions, emitted: Emitted) -> Machine:
    """The definition as it was emitted, its conditions read back from their text."""
    read = Readback(program, conditions)
    guards = {
        name: tuple(read.diagram(when) for when in told) for name, told in emitted.guards.items()
    }
    steps = {
        name: entry["nodes"][0] for name, entry in emitted.states.items() if entry["role"] == "step"
    }
    children = {name: child.definition for name, child in emitted.children.items()}
    tests = frozenset(
        name for name, entry in emitted.states.items() if entry["role"] == "loop" and name in guards
    )
    futures = {state: (name, emitted.awaited[name]) for state, name in emitted.futures.items()}
    reach = Reach(conditions, guards, steps, children, emitted.loops, tests, futures)
    reach.machine(emitted.definition)
    nodes = {name: entry["nodes"] for name, entry in emitted.states.items()}
    express = frozenset(n for n, child in emitted.children.items() if child.type == "EXPRESS")
    ends = {name: program.flow.nodes[emitted.loops[name]].op for name in tests}
    return Machine(
        emitted.definition,
        reach.found,
        nodes,
        conditions.diagrams,
        express,
        conditions.fired_when,
        {name: definition for name, definition in children.items() if name not in express},
        {name: op.rounds for name, op in ends.items() if isinstance(op, Repeat)},
    )
