"""Called workflows in place of their calls: what runs, schedules and costs like any other nodes.

A call's node becomes the called trigger, which takes the call's edges in, the other nodes under
`inner_id`, and a node with the call's id that gathers the result and takes its edges out. It waits
for all of them. A call that handles errors becomes a loop of one round around these, because loops
are what can fail and live on. The semantics know nothing of this: they run a call as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from weft.expressions.ast import Expr, Literal, Object, Ref, RefKind
from weft.expressions.references import references, substitute
from weft.ir.flow import CALLED, TOP, Flow, FlowEdge, FlowNode, OnError, inner_id
from weft.ir.ops import (
    Call,
    Compute,
    ForEach,
    Gather,
    Known,
    Op,
    Race,
    Repeat,
    Require,
    Result,
    Start,
)
from weft.ir.ports import Join, Kind, Port
from weft.ir.walk import rewrite

_OUTPUT = Port("output", Kind.OBJECT)
_GATE = Port("(called)")  # a name that no node type has: live if the call fires


def expanded(flow: Flow) -> Flow:
    """The flow without calls."""
    if not flow.calls:
        return flow
    return _Expansion(flow).made()


@dataclass(slots=True)
class _Expansion:
    """`enters`: for each call the node that takes its edges in; `heads`: the one that stands for
    it where it heads a loop."""

    flow: Flow
    nodes: dict[str, FlowNode] = field(default_factory=dict)
    edges: list[FlowEdge] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    enters: dict[str, str] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    beside: dict[str, list[str]] = field(default_factory=dict)  # call → its nodes in its own scope

    def made(self) -> Flow:
        flow = self.flow
        headers = {n.op.header for n in flow.nodes.values() if isinstance(n.op, Repeat)}
        for node in flow.nodes.values():
            if isinstance(node.op, Call):
                self._call(node, node.op, heads=node.id in headers)
            else:
                self.nodes[node.id] = node
        for name, node in self.nodes.items():
            self.nodes[name] = replace(node, op=self._adapted(node.op))
        self.edges += [
            replace(edge, target=self.enters.get(edge.target, edge.target)) for edge in flow.edges
        ]
        self.pairs |= {(first, self.enters.get(then, then)) for first, then in flow.references}
        return replace(
            flow,
            nodes=self.nodes,
            edges=tuple(self.edges),
            references=frozenset(self.pairs),
            calls={},
        )

    def _adapted(self, op: Op) -> Op:
        """Where a loop or a race names a call, what stands for it now."""
        if isinstance(op, Repeat):
            return replace(op, header=self.heads.get(op.header, op.header))
        if isinstance(op, Race):
            arms = dict(op.arms)
            for call in self.beside.keys() & arms.keys():
                arms |= dict.fromkeys(self.beside[call], arms[call])
            return replace(op, arms=arms)
        return op

    def _call(self, node: FlowNode, op: Call, *, heads: bool) -> None:
        entry = inner_id(node.id, op.start)
        callee = expanded(self.flow.calls[node.id])
        handles = node.on_error is not OnError.FAIL
        before = set(self.nodes)
        scope, result = node.scope, node.id
        self.enters[node.id] = self.heads[node.id] = node.id if handles else entry
        if handles:
            scope, result = node.id, inner_id(node.id, "~")
            if heads:  # a loop cannot be another one's header
                self.heads[node.id] = inner_id(node.id, "~~")
                self._door(node, self.heads[node.id])
            round_ = Repeat(entry, 1, {"output": (result, "output")}, ("output",), output="output")
            self._add(replace(node, op=round_, outputs=(_OUTPUT,)))
        data = Object(tuple(op.inputs.items()))
        enter: Op = Require(data, op.demands) if op.demands else Compute({"output": data})
        start = callee.nodes[op.start]
        self._add(
            replace(
                node, id=entry, op=enter, outputs=(_OUTPUT,), scope=scope, name=start.name,
                type=start.type, on_error=OnError.FAIL, on_error_value=None,
            )
        )  # fmt: skip
        inside = _Inside(callee, node.id, op.start, scope)
        for inner in inside.nodes():
            self._add(inner)
        self.edges += inside.edges()
        top = [inner_id(node.id, n.id) for n in callee.nodes.values() if n.scope == TOP]
        self.pairs |= inside.pairs() | {(entry, name) for name in top if name != entry}
        self._add(
            replace(
                node, id=result, op=Gather({name: inside.read(name) for name in callee.results}),
                inputs=(_GATE,), outputs=(_OUTPUT,), join=Join.ALL_PORTS, scope=scope,
                on_error=OnError.FAIL, on_error_value=None,
            )
        )  # fmt: skip
        self.edges.append(FlowEdge(entry, "output", result, _GATE.name))
        self.pairs |= {(name, result) for name in top}
        self.beside[node.id] = [
            name
            for name in self.nodes
            if name not in before and self.nodes[name].scope == node.scope
        ]

    def _add(self, node: FlowNode) -> None:
        self.nodes[node.id] = node

    def _door(self, node: FlowNode, name: str) -> None:
        """A node before the loop of a call, which passes on what comes in."""
        port = node.inputs[0].name
        passing = Compute({"output": Ref(RefKind.PORT, port)})
        self._add(
            replace(node, id=name, op=passing, outputs=(Port("output"),), on_error=OnError.FAIL)
        )
        self.edges.append(FlowEdge(name, "output", node.id, port))


@dataclass(frozen=True, slots=True)
class _Inside:
    """The nodes of a called workflow, as part of the caller's."""

    callee: Flow
    call: str
    start: str
    scope: str

    def read(self, name: str) -> Ref:
        """A reference to one of its nodes."""
        return Ref(RefKind.NODE, inner_id(self.call, name))

    def nodes(self) -> Iterator[FlowNode]:
        """All but the trigger."""
        for node in self.callee.nodes.values():
            if node.id != self.start:
                yield self._node(node)

    def edges(self) -> Iterator[FlowEdge]:
        for edge in self.callee.edges:
            yield replace(
                edge,
                source=inner_id(self.call, edge.source),
                target=inner_id(self.call, edge.target),
            )
        for node in self.callee.nodes.values():
            if self._is_gated(node):
                entry, target = inner_id(self.call, self.start), inner_id(self.call, node.id)
                yield FlowEdge(entry, "output", target, _GATE.name)

    def pairs(self) -> set[tuple[str, str]]:
        return {
            (inner_id(self.call, first), inner_id(self.call, then))
            for first, then in self.callee.references
        }

    def _is_gated(self, node: FlowNode) -> bool:
        """Whether the node would run without the call: it does not need what leads to it."""
        if node.scope != TOP or isinstance(node.op, Start | Known):
            return False
        if node.join is not Join.ALL_PORTS:
            return node.join is Join.ALWAYS
        back = node.op.back_port if isinstance(node.op, ForEach | Race) else None
        gates = {port.name for port in node.inputs if port.gates and port.name != back}
        return not any(e.target == node.id and e.target_port in gates for e in self.callee.edges)

    def _node(self, node: FlowNode) -> FlowNode:
        placed = replace(
            node,
            id=inner_id(self.call, node.id),
            op=self._op(node.op),
            scope=self.scope if node.scope == TOP else inner_id(self.call, node.scope),
        )
        if not self._is_gated(node):
            return placed
        inputs = tuple(replace(port, gates=False) for port in node.inputs)
        return replace(placed, inputs=(*inputs, _GATE), join=Join.ALL_PORTS)

    def _op(self, op: Op) -> Op:
        match op:
            case Start():
                return Known({}, status="skipped")
            case Result(response=True):
                op = replace(op, response=False)
            case Repeat():
                exits = {p: (inner_id(self.call, n), port) for p, (n, port) in op.exits.items()}
                op = replace(op, header=inner_id(self.call, op.header), exits=exits)
            case Race():
                arms = {inner_id(self.call, name): arm for name, arm in op.arms.items()}
                op = replace(op, arms=arms)
            case _:
                pass
        return rewrite(op, self._expr)

    def _expr(self, expr: Expr) -> Expr:
        changed: dict[Ref, Expr] = {}
        for ref in references(expr):
            if ref.kind is RefKind.NODE:
                changed[ref] = self.read(ref.name)
            elif ref.kind is RefKind.VARIABLE:
                changed[ref] = Literal(self.callee.variables.get(ref.name))
            elif ref.kind is RefKind.TRIGGER:
                changed[ref] = self._trigger()
        return substitute(expr, changed) if changed else expr

    def _trigger(self) -> Expr:
        fields: Mapping[str, Expr] = {
            "node": Literal(self.start),
            "type": Literal(CALLED),
            "data": self.read(self.start),
        }
        return Object(tuple(fields.items()))
