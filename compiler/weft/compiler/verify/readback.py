"""Conditions read back: the text of a guard as a decision diagram again.

The way there (`schedule.conditions`) and this way back share the diagrams and nothing else, so a
guard that lost or gained something on its way to text comes back as another diagram.
"""

from dataclasses import dataclass, field

from weft.compiler.lower.program import Program, symbol
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.expressions.ast import Binary, Expr, Get, If, Literal, Ref, RefKind, Unary
from weft.ir.ops import Start

_OPAQUE, _YES = "opaque", "yes"


@dataclass(slots=True)
class Readback:
    """Reads conditions of one program. What no outcome stands for is a variable of its own."""

    program: Program
    conditions: Conditions
    fired: dict[str, Diagram] = field(default_factory=dict)  # node → when it fires, as written
    _opaque: set[Expr] = field(default_factory=set)
    _triggers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        flow = self.program.flow
        self._triggers = frozenset(n.id for n in flow.nodes.values() if isinstance(n.op, Start))
        for name in flow.nodes:  # in topological order: what an activation asks for is there
            self.fired[name] = self.diagram(self.program.definitions[symbol("a", name).name])

    def diagram(self, expr: Expr) -> Diagram:
        """When the condition holds."""
        diagrams = self.conditions.diagrams
        match expr:
            case Literal(value) if isinstance(value, bool):
                return value
            case Binary("and" | "or" as op):
                combine = diagrams.both if op == "and" else diagrams.either
                parts = _spine(expr, op)
                result = self.diagram(parts[0])
                for part in parts[1:]:
                    result = combine(result, self.diagram(part))
                return result
            case Unary("not", operand):
                return diagrams.negated(self.diagram(operand))
            case If(condition, then, otherwise):
                held = self.diagram(condition)
                yes = diagrams.both(held, self.diagram(then))
                no = diagrams.both(diagrams.negated(held), self.diagram(otherwise))
                return diagrams.either(yes, no)
            case Binary("==", Get(Ref(RefKind.TRIGGER), "node"), Literal(str(node))):
                return self._started(node)
            case Binary("==", tested, Literal(value)):
                found = self._outcome(tested, value)
                return self._unknown(expr) if found is None else found
            case Ref(RefKind.SYMBOL, name):
                found = self._symbol(name)
                return self._unknown(expr) if found is None else found
        return self._unknown(expr)

    def _started(self, node: str) -> Diagram:
        if len(self._triggers) == 1:
            return node in self._triggers
        return self.conditions.is_trigger(node)

    def _symbol(self, name: str) -> Diagram | None:
        kind, node, *port = name.split(":", 2)
        if kind == "a":
            return self.fired[node]
        if kind == "m":
            return self._taken(node, port[0], _YES)
        return None

    def _outcome(self, tested: Expr, value: object) -> Diagram | None:
        match tested:
            case Ref(RefKind.SYMBOL, name) if name.startswith("h:") and isinstance(value, str):
                return self._taken(name[2:], "", value)
            case Get(Ref(RefKind.SYMBOL, name), "h") if name.startswith("n:"):
                return self._taken(name[2:], "", value) if isinstance(value, str) else None
            case Get(Get(Ref(RefKind.SYMBOL, name), "h"), port) if name.startswith("n:"):
                return self._taken(name[2:], port, _YES) if value is True else None
        return None

    def _taken(self, node: str, port: str, outcome: str) -> Diagram | None:
        """The node fired and ended so: of one that did not fire nothing is recorded."""
        diagrams = self.conditions.diagrams
        if not diagrams.declared((node, port)):
            return None
        return diagrams.both(self.fired[node], diagrams.test((node, port), outcome))

    def _unknown(self, expr: Expr) -> Diagram:
        diagrams = self.conditions.diagrams
        if expr not in self._opaque:
            self._opaque.add(expr)
            diagrams.declare((_OPAQUE, expr), (_YES, "no"))
        return diagrams.test((_OPAQUE, expr), _YES)


def _spine(expr: Expr, op: str) -> list[Expr]:
    """The operands of a chain that leans to the left, however long."""
    found: list[Expr] = []
    while isinstance(expr, Binary) and expr.op == op:
        found.append(expr.right)
        expr = expr.left
    found.append(expr)
    return found[::-1]
