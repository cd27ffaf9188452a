"""Activations as decision diagrams, and back to expressions where a new condition is made."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from weft.compiler.lower.activation import Wiring, fires, has_outcomes, outcomes, several
from weft.compiler.lower.logic import ExpressionLogic
from weft.compiler.schedule.diagrams import Diagram, Diagrams, Outcome
from weft.expressions.ast import Expr
from weft.ir.flow import Flow
from weft.ir.ops import Decide

_TRIGGER = "trigger"
_YES, _NO = "yes", "no"


@dataclass(slots=True)
class Conditions:
    """The condition under which each node fires. Variables are keyed by the node that decides."""

    flow: Flow
    diagrams: Diagrams = field(default_factory=Diagrams)
    fired_when: dict[str, Diagram] = field(default_factory=dict)
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        wiring = self.wiring = Wiring(self.flow)
        if len(wiring.triggers) > 1:
            self.diagrams.declare(_key(_TRIGGER), tuple(wiring.triggers))
        for node in self.flow.nodes.values():
            self.fired_when[node.id] = fires(wiring, node, self)
            if several(node):
                for port in outcomes(node):
                    if port is not None:
                        self.diagrams.declare((node.id, port), (_YES, _NO))
            elif isinstance(node.op, Decide) or has_outcomes(node):
                self.diagrams.declare(_key(node.id), outcomes(node))

    def settled(self) -> dict[str, bool]:
        """The nodes that always fire, and those that never do, whatever is decided."""
        return {name: when for name, when in self.fired_when.items() if isinstance(when, bool)}

    def constant(self, value: bool) -> Diagram:
        return value

    def all_of(self, parts: list[Diagram]) -> Diagram:
        result: Diagram = True
        for part in parts:
            result = self.diagrams.both(result, part)
        return result

    def any_of(self, parts: list[Diagram]) -> Diagram:
        result: Diagram = False
        for part in parts:
            result = self.diagrams.either(result, part)
        return result

    def fired(self, node: str) -> Diagram:
        return self.fired_when[node]

    def is_trigger(self, node: str) -> Diagram:
        return self.diagrams.test(_key(_TRIGGER), node)

    def chose(self, node: str, port: str) -> Diagram:
        return self.diagrams.both(self.fired_when[node], self.diagrams.test(_key(node), port))

    def has_outcome(self, node: str) -> bool:
        """Whether `chose` can be asked of the node."""
        return self.diagrams.declared(_key(node))

    def matched(self, node: str, port: str) -> Diagram:
        return self.diagrams.both(self.fired_when[node], self.diagrams.test((node, port), _YES))

    def expression(self, diagram: Diagram, logic: ExpressionLogic) -> Expr:
        """The condition as text can have it. Linear in the paths: for hoisted guards, few."""
        if isinstance(diagram, bool):
            return logic.constant(diagram)
        name = self.diagrams.names[diagram.variable]
        parts = []
        for outcome, child in zip(
            self.diagrams.domains[diagram.variable], diagram.children, strict=True
        ):
            if child is not False:
                test = _test(name, outcome, self.diagrams.domains[diagram.variable], logic)
                parts.append(logic.all_of([test, self.expression(child, logic)]))
        return logic.any_of(parts)


def decider(name: Hashable) -> str | None:
    """The node whose outcome a variable stands for; None for the trigger."""
    assert isinstance(name, tuple)
    return None if name == _key(_TRIGGER) else str(name[0])


def _key(node: str) -> tuple[str, str]:
    return (node, "")


def _test(
    name: Hashable, outcome: Outcome, domain: tuple[Outcome, ...], logic: ExpressionLogic
) -> Expr:
    assert isinstance(name, tuple)
    node, port = name
    if name == _key(_TRIGGER):
        return logic.is_trigger(str(outcome))
    if port:
        match = logic.matched(node, port)
        return match if outcome == _YES else logic.negation(match)
    if outcome is None:
        taken = [logic.chose(node, other) for other in domain if other is not None]
        return logic.negation(logic.any_of(taken))
    return logic.chose(node, outcome)
