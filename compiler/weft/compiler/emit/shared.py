"""What all scopes of one machine, and of the machines that it starts, have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.compiler.emit.knowledge import Knowledge
from weft.compiler.emit.naming import Names
from weft.compiler.emit.render import Renderer
from weft.compiler.emit.usage import Usage
from weft.compiler.lower.claims import Claims
from weft.compiler.lower.program import Program
from weft.compiler.schedule.regions import Region
from weft.domain.child_machine import ChildMachine
from weft.expressions.ast import Expr


@dataclass(slots=True)
class Shared:
    """The program and its regions, and what is collected while states are made."""

    program: Program
    regions: Mapping[str, Region | None]
    usage: Usage
    knowledge: Knowledge
    render: Renderer
    claims: Claims
    shown: frozenset[str]  # nodes whose outcome is kept though no state reads it
    maps: bool  # whether a Map may stand for a choice
    names: Names = field(default_factory=Names)
    source_map: dict[str, dict[str, Any]] = field(default_factory=dict)
    guards: dict[str, list[Expr]] = field(default_factory=dict)  # choice → when its rules hold
    loops: dict[str, str] = field(default_factory=dict)  # state → the loop whose rounds it is in
    children: dict[str, ChildMachine] = field(default_factory=dict)
    futures: dict[str, str] = field(default_factory=dict)  # first state of a side → the future
    machine: str = ""  # the child whose states are being made
    loop: str = ""  # the loop that repeats whose states are being made

    def name(self, wanted: str, role: str, *nodes: str) -> str:
        """A new state's name, kept in the source map."""
        name = self.names.state(wanted)
        drawn = list(dict.fromkeys(map(self.drawn, nodes)))
        self.source_map[name] = {"role": role, "nodes": drawn}
        if self.machine:
            self.source_map[name]["machine"] = self.machine
        if self.loop:
            self.loops[name] = self.loop
        return name

    def drawn(self, node: str) -> str:
        """The id people know a node by."""
        return self.program.flow.nodes[node].drawn
