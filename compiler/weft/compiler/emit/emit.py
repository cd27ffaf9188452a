"""From a scheduled program to a definition and the map from its states to the nodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.compiler.emit.naming import Names
from weft.compiler.emit.render import ABSENT, Renderer
from weft.compiler.emit.scope import Scope, Shared
from weft.compiler.lower.closure import Facts
from weft.compiler.lower.program import Program, Round, symbol
from weft.compiler.schedule.regions import Region, stated_in
from weft.domain.child_machine import ChildMachine
from weft.expressions.ast import Expr, If, Literal, Object
from weft.ir.flow import TOP
from weft.ir.ops import Invoke, Known, Result, Sleep
from weft.ir.walk import expressions

SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Emitted:
    """A definition, the machines that it starts, and the source map of the states of all.

    `guards`: of each choice the conditions of its rules; `loops`: of the states in which rounds
    begin, and of the choices with which they end, the loop.
    """

    definition: dict[str, Any]
    states: dict[str, dict[str, Any]]
    children: dict[str, ChildMachine]
    guards: dict[str, tuple[Expr, ...]]
    loops: dict[str, str]

    def definitions(self) -> list[Mapping[str, Any]]:
        """Of all its machines."""
        return [self.definition, *(child.definition for child in self.children.values())]


def emit(program: Program, regions: Mapping[str, Region | None]) -> Emitted:
    """The machine of a scheduled program."""
    output = result(program)
    shared = Shared(
        program,
        regions,
        _read(program, output),
        Renderer(program.definitions, _calls(program)),
        Names(),
    )
    machine = Scope(shared).machine(regions[TOP], _never(program, regions), output, "result")
    definition: dict[str, Any] = {"QueryLanguage": "JSONata", "StartAt": machine["StartAt"]}
    if not waits(program):
        definition["TimeoutSeconds"] = program.flow.settings.timeout_seconds
    definition["States"] = machine["States"]
    return Emitted(definition, shared.source_map, shared.children, shared.guards, shared.loops)


def _never(program: Program, regions: Mapping[str, Region | None]) -> dict[str, str]:
    """Facts of nodes whose condition contradicts itself: they have no state, in no scope."""
    present: set[str] = set()
    scopes = [TOP]
    while scopes:
        region = regions[scopes.pop()]
        nodes = stated_in(region) if region else []
        present.update(nodes)
        scopes += [name for name in nodes if name in regions]
    return {f"n:{name}": ABSENT for name in program.stated - present}


def _calls(program: Program) -> frozenset[str]:
    """The answers of calls without routes: objects by port."""
    return frozenset(
        f"n:{name}.r"
        for name, op in program.effects.items()
        if isinstance(op, Invoke) and not op.routes
    )


def waits(program: Program) -> bool:
    """Whether a run can stand still; then its active time is limited by whoever watches it."""
    return any(
        isinstance(node.op, Sleep) or (isinstance(node.op, Invoke) and node.op.callback)
        for node in program.flow.nodes.values()
    )


def result(program: Program) -> Expr:
    """`{"result": {node: value | "SKIPPED"}, "response": value | null}` (semantics §4.8)."""
    flow = program.flow
    always = {n for n in flow.nodes if program.definitions[f"a:{n}"] == Literal(True)}
    named = tuple(
        (
            name,
            symbol("v", name)
            if name in always
            else If(symbol("a", name), symbol("v", name), Literal(SKIPPED)),
        )
        for name in flow.results
    )
    response: Expr = Literal(None)
    for node in reversed(list(flow.nodes.values())):
        if isinstance(node.op, Result | Known) and node.op.response and node.scope == TOP:
            response = If(symbol("a", node.id), symbol("v", node.id), response)
    return Object((("result", Object(named)), ("response", response)))


def _read(program: Program, output: Expr) -> frozenset[str]:
    """Facts that any state reads; the others need not be kept."""
    facts = Facts(program.definitions)
    found = set(facts.under(output))
    for name in program.stated:
        found |= facts.of(f"a:{name}")
        if name in program.records:
            found |= facts.under(program.records[name])
        if name in program.effects:
            for expr in expressions(program.effects[name]):
                found |= facts.under(expr)
        if name in program.returned:
            found |= facts.under(program.returned[name])
        if name in program.rounds:
            found |= _read_by_rounds(facts, program.rounds[name])
    # A guard made of decisions rests on their own definitions.
    for name in program.definitions:
        if name[0] in "hm":
            found |= facts.of(name)
    for name, node in program.flow.nodes.items():
        if name in program.stated and name in program.records and node.outputs:
            found.add(f"n:{name}")
    return frozenset(found)


def _read_by_rounds(facts: Facts, rounds: Round) -> set[str]:
    parts = (rounds.enter, rounds.again, rounds.following, rounds.left)
    return {fact for part in parts for fact in facts.under(part)}
