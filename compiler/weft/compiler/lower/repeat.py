"""The rounds of a loop as expressions: how one starts, whether another follows, what leaves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from weft.compiler.lower.activation import Wiring, edge_live, goes_on, has_outcomes, several
from weft.compiler.lower.logic import FALSE, NULL, TRUE, ExpressionLogic, all_live, first_live
from weft.compiler.lower.program import Round, symbol
from weft.expressions.ast import Binary, Expr, Get, If, Literal, Object, RefKind
from weft.expressions.references import references
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode
from weft.ir.ops import Repeat
from weft.ir.ports import Join
from weft.ir.walk import expressions


class Sent(Protocol):
    """The value an edge carries when it is live."""

    def __call__(self, edge: FlowEdge) -> Expr: ...


@dataclass(frozen=True, slots=True)
class Repeats:
    """Makes the expressions of a flow's loops."""

    flow: Flow
    wiring: Wiring
    logic: ExpressionLogic
    sent: Sent
    kept: Mapping[str, Sequence[str]]  # loop → nodes inside that somebody outside reads

    def input(self, loop: str, port: str) -> Expr | None:
        """What arrives at a port of the header in a round; None where nothing is connected."""
        entries, back = self._ports(loop)
        if port not in (*entries, *back):
            return None
        here = symbol("i", loop)
        if entries[0] == port and back[:1] in ([], [port]):
            return Get(here, "item")
        return Get(Get(here, "in"), port)

    def round(self, node: FlowNode, op: Repeat) -> Round:
        """Everything about the loop's rounds."""
        entries, back = self._ports(node.id)
        first = {port: symbol("x", node.id, port) for port in entries}
        again = {port: self._came_back(node, port) for port in back}
        here = symbol("i", node.id)
        more: list[tuple[str, Expr]] = [("item", again[port]) for port in back[:1]]
        enter: list[tuple[str, Expr]] = [("item", first[entries[0]])]
        others = self._others(node, op)
        if others:
            held = Get(here, "in")
            enter.append(("in", Object(tuple((p, first.get(p, NULL)) for p in others))))
            both = tuple((p, again[p] if p in again else Get(held, p)) for p in others)
            more.append(("in", Object(both)))
        last = self._last(node.id)
        if last:
            more.append(("last", Object(last)))
        return Round(
            enter=Object(tuple(enter)),
            again=goes_on(self.wiring, node, self.wiring.back[node.id], self.logic),
            following=Object(tuple(more)),
            left=self._left(node, op, last),
        )

    def read(self, loop: str, name: str) -> Expr:
        """A node of the body as others read it from outside: its last value."""
        return Get(Get(Get(symbol("n", loop), "last"), name), "v")

    def _ports(self, loop: str) -> tuple[list[str], list[str]]:
        node = self.flow.nodes[loop]
        return list(self.wiring.connected(node)), list(self.wiring.back[loop])

    def _others(self, node: FlowNode, op: Repeat) -> list[str]:
        """Connected ports that the header looks at and that `item` does not hold."""
        entries, back = self._ports(node.id)
        looked = {
            ref.name
            for expr in expressions(self.flow.nodes[op.header].op)
            for ref in references(expr)
            if ref.kind is RefKind.PORT
        }
        if back[:1] in ([], entries[:1]):
            looked.discard(entries[0])
        return [port for port in dict.fromkeys((*entries, *back)) if port in looked]

    def _came_back(self, node: FlowNode, port: str) -> Expr:
        edges = self.wiring.back[node.id][port]
        lives = [edge_live(self.wiring, edge, self.logic) for edge in edges]
        values = [self.sent(edge) for edge in edges]
        declared = next(p for p in node.inputs if p.name == port)
        if declared.many:
            return all_live(lives, values)
        needed = declared.gates and node.join in (Join.ALL_PORTS, Join.ALL_EDGES)
        return first_live(lives, values, certain=needed or len(self.wiring.back[node.id]) == 1)

    def _last(self, loop: str) -> tuple[tuple[str, Expr], ...]:
        return tuple((name, self._latest(loop, name)) for name in self.kept.get(loop, ()))

    def _latest(self, loop: str, name: str) -> Expr:
        """The value of this round, or what was kept of an earlier one; {"v": value} or null."""
        before = Get(Get(symbol("i", loop), "last"), name)
        unit = name
        while self.flow.nodes[unit].scope != loop:
            unit = self.flow.nodes[unit].scope
        if unit == name:
            fired = self.logic.fired(name)
            now = Object((("v", symbol("v", name)),))
            return now if fired == TRUE else If(fired, now, before)
        inner = Get(Get(symbol("n", unit), "last"), name)
        return If(Binary("==", inner, NULL), before, inner)

    def _left(self, node: FlowNode, op: Repeat, last: tuple[tuple[str, Expr], ...]) -> Expr:
        ways = []
        for port, (source, source_port) in op.exits.items():
            edge = FlowEdge(source, source_port, "", "")
            ways.append((port, edge_live(self.wiring, edge, self.logic), self.sent(edge)))
        fields: list[tuple[str, Expr]] = []
        if several(node):
            fields.append(("h", Object(tuple((p, If(when, TRUE, FALSE)) for p, when, _ in ways))))
            fields.append(("r", Object(tuple((p, If(w, value, NULL)) for p, w, value in ways))))
        else:
            taken: Expr = NULL
            result: Expr = NULL
            for port, when, value in reversed(ways):
                sure = None not in op.outcomes and port == ways[-1][0]
                taken = Literal(port) if sure else If(when, Literal(port), taken)
                result = value if sure else If(when, value, result)
            if has_outcomes(node):
                fields.append(("h", taken))
            fields.append(("r", result))
        if last:
            fields.append(("last", Object(last)))
        return Object(tuple(fields))


def read_outside(flow: Flow) -> dict[str, list[str]]:
    """For each loop that repeats, the nodes in it that are read from outside, in flow order."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in flow.nodes.values():
        around = [TOP, *scopes_around(flow, node.id)]
        for expr in expressions(node.op):
            for ref in references(expr):
                if ref.kind is RefKind.NODE and ref.name not in around:
                    for loop in scopes_around(flow, ref.name):
                        if loop in around:
                            break
                        found[loop].add(ref.name)
    return {loop: [name for name in flow.nodes if name in names] for loop, names in found.items()}


def scopes_around(flow: Flow, node: str) -> list[str]:
    """The loops around a node, innermost first."""
    found = []
    scope = flow.nodes[node].scope
    while scope != TOP:
        found.append(scope)
        scope = flow.nodes[scope].scope
    return found


def continued(node: FlowNode, op: Repeat) -> Expr:
    """The outcome of a loop whose error counts as the value that was configured."""
    value = Literal(node.on_error_value)
    ports = op.continuing
    if several(node):
        taken: Expr = Object(tuple((port, TRUE) for port in ports))
        return Object((("h", taken), ("r", Object(tuple((port, value) for port in ports)))))
    return Object((("h", Literal(ports[0]) if ports else NULL), ("r", value)))
