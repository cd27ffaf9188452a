"""Lower a checked graph: what every node computes, in terms of what the host records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from weft.compiler.lower.activation import Wiring, edge_live, fires, several
from weft.compiler.lower.closure import bound_in_order
from weft.compiler.lower.logic import FALSE, NULL, TRUE, ExpressionLogic, all_live, first_live
from weft.compiler.lower.program import Program, symbol
from weft.compiler.lower.repeat import Repeats, read_outside, scopes_around
from weft.expressions.ast import (
    Array,
    Binary,
    Call,
    Expr,
    Get,
    If,
    Lambda,
    Let,
    Literal,
    Object,
    Ref,
    RefKind,
    Var,
)  # fmt: skip
from weft.expressions.references import references, substitute
from weft.ir.flow import Flow, FlowEdge, FlowNode, OnError
from weft.ir.ops import (
    ERROR_PORT,
    Compute,
    Decide,
    ForEach,
    Gather,
    Invoke,
    Known,
    Race,
    Repeat,
    Require,
    Result,
    Sleep,
    Start,
)  # fmt: skip
from weft.ir.ports import Join
from weft.ir.walk import rewrite
from weft.semantics.facts import SKIPPED


def lower(
    flow: Flow,
    settled: Mapping[str, bool] | None = None,
    *,
    also_stated: frozenset[str] = frozenset(),
) -> Program:
    """The program of a graph.

    `settled` says which nodes are known always or never to fire.
    `also_stated`: nodes that get a state although they need none.
    """
    stated = _stated(flow, also_stated)
    work = _Lowering(flow, stated, settled or {})
    for node in flow.nodes.values():
        work.node(node)
    for node in reversed(list(flow.nodes.values())):
        if isinstance(node.op, ForEach) and node.id not in stated:
            work.fold_loop(node, node.op)
    effects = {
        node.id: rewrite(node.op, partial(work.bind, node))
        for node in flow.nodes.values()
        if node.id in stated and isinstance(node.op, _EFFECT)
    }
    returned = {
        node.id: work.returned(node, node.op)
        for node in flow.nodes.values()
        if isinstance(node.op, ForEach)
    }
    returned |= {
        node.id: Array(tuple(work.arrived(node, node.op, arm) for arm in node.op.numbers))
        for node in flow.nodes.values()
        if isinstance(node.op, Race)
    }
    rounds = {
        node.id: work.repeats.round(node, node.op)
        for node in flow.nodes.values()
        if isinstance(node.op, Repeat)
    }
    return Program(
        flow, work.definitions, work.scope_of, stated, work.records, effects, returned, rounds
    )


_ALWAYS_STATED = Invoke | Sleep | Repeat | Race | Require
_EFFECT = _ALWAYS_STATED | ForEach


def _stated(flow: Flow, also: frozenset[str]) -> frozenset[str]:
    """Effects have states, and so do loops around one; the rest lives in expressions."""
    found = {n.id for n in flow.nodes.values() if isinstance(n.op, _ALWAYS_STATED)} | also
    # A loop whose failure somebody handles must be able to fail.
    found |= {
        node.id
        for node in flow.nodes.values()
        if isinstance(node.op, ForEach) and node.on_error is not OnError.FAIL
    }
    for name in list(found):
        scope = flow.nodes[name].scope
        while scope:
            found.add(scope)
            scope = flow.nodes[scope].scope
    return frozenset(found)


@dataclass(slots=True)
class _Lowering:
    flow: Flow
    stated: frozenset[str]
    settled: Mapping[str, bool]
    definitions: dict[str, Expr] = field(default_factory=dict)
    scope_of: dict[str, str] = field(default_factory=dict)
    records: dict[str, Expr] = field(default_factory=dict)
    wiring: Wiring = field(init=False)
    logic: ExpressionLogic = field(init=False)
    repeats: Repeats = field(init=False)

    def __post_init__(self) -> None:
        self.wiring = Wiring(self.flow)
        self.logic = ExpressionLogic(self.stated)
        outside = read_outside(self.flow)
        self.repeats = Repeats(self.flow, self.wiring, self.logic, self.sent, outside)

    def define(self, node: FlowNode, name: Ref, value: Expr) -> Expr:
        """Give a symbol its meaning in the node's scope."""
        self.definitions[name.name] = value
        self.scope_of[name.name] = node.scope
        return name

    def node(self, node: FlowNode) -> None:
        """Define everything about one node; its predecessors are defined."""
        known = self.settled.get(node.id)
        active = fires(self.wiring, node, self.logic) if known is None else Literal(known)
        self.define(node, symbol("a", node.id), active)
        if active == TRUE:
            self.logic.always.add(node.id)
        elif active == FALSE:
            self.logic.never.add(node.id)
        for port in node.inputs:
            if not (isinstance(node.op, ForEach | Race) and port.name == node.op.back_port):
                self._input(node, port.name, port.many)
        if isinstance(node.op, Repeat) and node.op.output is None:
            return  # nobody reads it; what leaves it goes by its ports
        match node.op:
            case Start() | Compute():
                self._computed(node, node.op)
            case Decide():
                self._decided(node, node.op)
            case Sleep() | Require() | Result():
                self._passed(node, node.op.value)
            case Invoke():
                self._called(node, node.op)
            case ForEach() | Race() | Repeat():
                self._looped(node)
            case Gather():
                self._gathered(node, node.op)
            case Known(value=value):
                self.define(node, symbol("v", node.id), Literal(value))
        output: Expr = symbol("v", node.id)
        if node.id not in self.logic.always and not self._absent_is_null(node):
            output = If(symbol("a", node.id), output, NULL)
        self.define(node, symbol("o", node.id), output)

    def _absent_is_null(self, node: FlowNode) -> bool:
        return node.id in self.stated and isinstance(node.op, Invoke | ForEach | Race | Repeat)

    def bind(self, node: FlowNode, expr: Expr) -> Expr:
        """The node's own expression over symbols."""
        names: dict[Ref, Expr] = {}
        for ref in references(expr):
            if ref.kind is RefKind.PORT:
                names[ref] = symbol("x", node.id, ref.name)
            elif ref.kind is RefKind.NODE:
                names[ref] = self._read(node, ref.name)
            elif ref.kind is RefKind.VARIABLE:
                names[ref] = Literal(self.flow.variables[ref.name])
        return substitute(expr, names) if names else expr

    def _read(self, node: FlowNode, name: str) -> Expr:
        """Another node's output, or the iteration when it is the loop around the reader."""
        around = scopes_around(self.flow, node.id)
        if name not in around:
            left = [s for s in scopes_around(self.flow, name) if s not in around]
            return self.repeats.read(left[-1], name) if left else symbol("o", name)
        here = symbol("i", name)
        repeats = isinstance(self.flow.nodes[name].op, Repeat)
        index = symbol("k", name) if repeats else Get(here, "index")
        return Object((("item", Get(here, "item")), ("index", index)))

    def _input(self, node: FlowNode, port: str, many: bool) -> None:
        name = symbol("x", node.id, port)
        if node.id in self.wiring.heads:
            came = self.repeats.input(node.scope, port)
            if came is not None:
                self.define(node, name, came)
                return
        edges = self.wiring.into(node.id, port)
        lives = [edge_live(self.wiring, edge, self.logic) for edge in edges]
        values = [self.sent(edge) for edge in edges]
        if many:
            self.define(node, name, all_live(lives, values))
        else:
            gated = any(p.name == port and p.gates for p in node.inputs)
            certain = gated and node.join in (Join.ALL_PORTS, Join.ALL_EDGES)
            self.define(node, name, first_live(lives, values, certain=certain))

    def sent(self, edge: FlowEdge) -> Expr:
        """The value an edge carries when it is live."""
        source = self.flow.nodes[edge.source]
        outcome = symbol("n", source.id)
        match source.op:
            case Known(live=live):
                return Literal(live.get(edge.source_port))
            case ForEach() if self.wiring.starts_body(edge):
                return Get(symbol("i", source.id), "item")
            case ForEach() if edge.source_port == ERROR_PORT:
                return Get(outcome, "r")
            case Repeat():
                result: Expr = Get(outcome, "r")
                return Get(result, edge.source_port) if several(source) else result
            case Invoke() if source.op.routes or edge.source_port in _asides(source.op):
                return Get(outcome, "r")
            case Invoke():
                return Get(Get(outcome, "r"), edge.source_port)
            case Start() | Compute() if len(source.op.outputs) > 1:
                if source.id in self.stated:
                    return Get(Get(outcome, "r"), edge.source_port)
                return symbol("p", source.id, edge.source_port)
            case _:
                return symbol("v", source.id)

    def _computed(self, node: FlowNode, op: Start | Compute) -> None:
        ports = {port: self.bind(node, expr) for port, expr in op.outputs.items()}
        if len(ports) == 1:
            value = next(iter(ports.values()))
        else:
            value = Object(tuple((p, symbol("p", node.id, p)) for p in ports))
            for port, expr in ports.items():
                self.define(node, symbol("p", node.id, port), expr)
        self._pure_value(node, value, NULL)

    def _decided(self, node: FlowNode, op: Decide) -> None:
        cases = [(case.port, self.bind(node, case.when)) for case in op.cases]
        if op.every_match:
            taken = _matches(cases, op.otherwise)
            if node.id not in self.stated:
                for port, when in taken.items():
                    both = self.logic.all_of([self.logic.fired(node.id), when])
                    self.define(node, symbol("m", node.id, port), both)
            self._pure_value(node, self.bind(node, op.value), Object(tuple(taken.items())))
            return
        chosen: Expr = Literal(op.otherwise)
        for port, when in reversed(cases):
            chosen = Literal(port) if when == TRUE else If(when, Literal(port), chosen)
        if node.id not in self.stated:
            here = self.logic.fired(node.id)
            choice = chosen if here == TRUE else If(here, chosen, NULL)
            self.define(node, symbol("h", node.id), choice)
        self._pure_value(node, self.bind(node, op.value), chosen)

    def _passed(self, node: FlowNode, value: Expr) -> None:
        self._pure_value(node, self.bind(node, value), NULL)

    def _gathered(self, node: FlowNode, op: Gather) -> None:
        fields = tuple((key, self._result(ref.name)) for key, ref in op.of.items())
        self._pure_value(node, Object(fields), NULL)

    def _result(self, name: str) -> Expr:
        """A node's output as a result has it."""
        fired = self.logic.fired(name)
        value = symbol("v", name)
        return value if fired == TRUE else If(fired, value, Literal(SKIPPED))

    def _pure_value(self, node: FlowNode, value: Expr, taken: Expr) -> None:
        """The node's output; with a state of its own the state records it once."""
        if node.id in self.stated and not isinstance(node.op, Sleep | Require):
            self.records[node.id] = Object((("h", taken), ("r", value)))
            value = Get(symbol("n", node.id), "r")
        self.define(node, symbol("v", node.id), value)

    def _called(self, node: FlowNode, op: Invoke) -> None:
        outcome = symbol("n", node.id)
        result: Expr = Get(outcome, "r")
        if not op.routes and len(node.outputs) == 1:
            result = Get(result, node.outputs[0].name)
        aside: list[Expr] = []
        if node.on_error is OnError.BRANCH:
            aside.append(Binary("==", Get(outcome, "h"), Literal(ERROR_PORT)))
        value = If(aside[0], NULL, result) if aside else result
        self.define(node, symbol("v", node.id), value)

    def _looped(self, node: FlowNode) -> None:
        if node.id not in self.stated:
            return  # folded once its body is defined
        outcome = symbol("n", node.id)
        value: Expr = Get(outcome, "r")
        if node.on_error is OnError.BRANCH:
            value = If(Binary("==", Get(outcome, "h"), Literal(ERROR_PORT)), NULL, value)
        self.define(node, symbol("v", node.id), value)

    def returned(self, node: FlowNode, op: ForEach) -> Expr:
        """What one iteration of a loop gives back."""
        edges = self.wiring.into(node.id, op.back_port)
        lives = [edge_live(self.wiring, edge, self.logic) for edge in edges]
        return first_live(lives, [self.sent(edge) for edge in edges], certain=False)

    def arrived(self, node: FlowNode, op: Race, arm: int) -> Expr:
        """What an arm of a race gives: `{"v": value}`, or null if nothing arrives."""
        edges = [
            edge for edge in self.wiring.into(node.id, op.back_port) if op.arms[edge.source] == arm
        ]
        lives = [edge_live(self.wiring, edge, self.logic) for edge in edges]
        values: list[Expr] = [Object((("v", self.sent(edge)),)) for edge in edges]
        return first_live(lives, values, certain=False)

    def fold_loop(self, node: FlowNode, op: ForEach) -> None:
        """A loop whose body is pure is one expression: a map over its items."""
        here, index = Var(f"item_{node.id}"), Var(f"index_{node.id}")
        once = Object((("item", here), ("index", index)))
        inner = {name for name, scope in self.scope_of.items() if scope == node.id}
        body = bound_in_order(self.returned(node, op), self.definitions, inner)
        body = substitute(body, {symbol("i", node.id): once})
        items = items_of(self.bind(node, op.items))
        value = Call("map", (items, Lambda((here.name, index.name), body)))
        self.define(node, symbol("v", node.id), value)


def items_of(value: Expr) -> Expr:
    """A for-each over null is over nothing, over anything that is not a list over one item."""
    here = Var("items")
    one = If(Binary("==", here, NULL), Literal([]), Array((here,)))
    listed = If(Binary("==", Call("type", (here,)), Literal("array")), here, one)
    return Let("items", value, listed)


def _asides(op: Invoke) -> set[str]:
    return {ERROR_PORT, op.timeout_port or ERROR_PORT}


def _matches(cases: list[tuple[str, Expr]], otherwise: str | None) -> dict[str, Expr]:
    """Which ports go live when every match counts."""
    taken: dict[str, Expr] = {}
    for port, when in cases:
        held = taken.get(port)
        taken[port] = If(when, TRUE, FALSE) if held is None else Binary("or", held, when)
    if otherwise is not None:
        none: Expr = FALSE
        for _, when in cases:
            none = when if none == FALSE else Binary("or", none, when)
        unmatched = If(none, FALSE, TRUE)
        held = taken.get(otherwise)
        taken[otherwise] = unmatched if held is None else Binary("or", held, unmatched)
    return taken
