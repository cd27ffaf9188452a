"""From a scheduled program to a definition and the map from its states to the nodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.compiler.emit.fragment import Facts
from weft.compiler.emit.knowledge import Knowledge
from weft.compiler.emit.render import ABSENT, INTO, Renderer
from weft.compiler.emit.scope import Scope
from weft.compiler.emit.shared import Shared
from weft.compiler.emit.usage import Usage
from weft.compiler.lower.claims import Claims, claims_of
from weft.compiler.lower.program import Program, symbol
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.compiler.schedule.regions import Region, marks_in, stated_in
from weft.compiler.schedule.tree import Await, Tell
from weft.domain.child_machine import ChildMachine
from weft.expressions.ast import Expr, If, Literal, Object
from weft.ir.flow import TOP
from weft.ir.ops import Invoke, Known, Result, Sleep
from weft.semantics.facts import SKIPPED


@dataclass(frozen=True, slots=True)
class Emitted:
    """A definition, the machines that it starts, and the source map of the states of all.

    `guards`: of each choice the conditions of its rules, each as good as what leads there;
    `loops`: of the states in the rounds of a loop, that loop, the innermost one; `futures`: of the
    states in which a future is told or awaited, that future; `awaited`: where each is.
    """

    definition: dict[str, Any]
    states: dict[str, dict[str, Any]]
    children: dict[str, ChildMachine]
    guards: dict[str, tuple[Expr, ...]]
    loops: dict[str, str]
    claims: Claims
    futures: dict[str, str]
    awaited: dict[str, Diagram]

    def definitions(self) -> list[Mapping[str, Any]]:
        """Of all its machines."""
        return [self.definition, *(child.definition for child in self.children.values())]


def emit(
    program: Program,
    regions: Mapping[str, Region | None],
    conditions: Conditions,
    claims: Claims | None = None,
    *,
    maps: bool = True,
) -> Emitted:
    """The machine of a scheduled program.

    `claims`: of the same program, if known already; `maps`: a Map may stand for a choice at an end.
    """
    output = result(program)
    knowledge = Knowledge(program.definitions, conditions)
    claims = claims or claims_of(program, output)
    shared = Shared(
        program,
        regions,
        Usage(program, regions, output),
        knowledge,
        Renderer(knowledge, _calls(program)),
        claims,
        frozenset(n for n in program.records if program.flow.nodes[n].outputs),
        maps,
    )
    machine = Scope(shared).machine(regions[TOP], _never(program, regions), output, "result")
    definition: dict[str, Any] = {"QueryLanguage": "JSONata", "StartAt": machine["StartAt"]}
    if not waits(program):
        definition["TimeoutSeconds"] = program.flow.settings.timeout_seconds
    definition["States"] = machine["States"]
    guards = {name: tuple(guards) for name, guards in shared.guards.items()}
    awaited = {m.future.name: m.when for m in _marks(regions[TOP]) if isinstance(m, Await)}
    return Emitted(
        definition,
        shared.source_map,
        shared.children,
        guards,
        shared.loops,
        claims,
        shared.futures,
        awaited,
    )


def _marks(region: Region | None) -> list[Tell | Await]:
    return [] if region is None else list(marks_in(region))


def _never(program: Program, regions: Mapping[str, Region | None]) -> Facts:
    """Facts of nodes whose condition contradicts itself: they have no state, in no scope."""
    present: set[str] = set()
    scopes = [TOP]
    while scopes:
        region = regions[scopes.pop()]
        nodes = stated_in(region) if region else []
        present.update(nodes)
        scopes += [name for name in nodes if name in regions]
    return Facts({f"n:{name}": ABSENT for name in program.stated - present})


def _calls(program: Program) -> frozenset[str]:
    """The answers of calls without routes: objects by port."""
    return frozenset(
        f"n:{name}{INTO}r"
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
