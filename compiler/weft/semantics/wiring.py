"""A flow indexed by what the semantics ask of it: scopes, in-edges, who waits for whom."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from weft.expressions.ast import Expr
from weft.expressions.compiled import Program
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode
from weft.ir.ops import ERROR_PORT, ForEach, Race, Repeat
from weft.ir.ports import Port
from weft.semantics.answers import Activation, Path

Tap: TypeAlias = tuple[str, int, str]
Taps: TypeAlias = tuple[tuple[str, tuple[Tap, ...]], ...]


class Wiring:
    """Static: built once per flow, never changed.

    `chain[n]`: the loops around n, outermost first.
    `body[s]`: the nodes directly in scope s, in topological order.
    `heads[n]`: the `Repeat` loop that n heads.
    `edges_in[n]`: n's in-edges by port in canonical order; `edges_back[l]`: those that end an
    iteration of loop l.
    `waits[n]`, `follows[n]`: nodes of n's own scope that resolve before n / after n, because of an
    edge or a reference. An edge or a reference that crosses scopes counts for the loops that hold
    its ends.
    `taps[n]`: for n's in-edges by port, and for a loop's `taps_back[l]`, whose tokens decide
    them: the source, how much of the reader's path is the source's, the source's port.
    `races`: the races of the flow.
    `gating[n]`: n's connected input ports that gate it.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.chain = {node_id: self._chain(node_id) for node_id in flow.nodes}
        self.body: dict[str, list[FlowNode]] = {TOP: []}
        self.heads: dict[str, str] = {}
        for node in flow.nodes.values():
            self.body.setdefault(node.scope, []).append(node)
            if isinstance(node.op, Repeat):
                self.heads[node.op.header] = node.id
        self.edges_in: dict[str, dict[str, list[FlowEdge]]] = {n: {} for n in flow.nodes}
        self.edges_back: dict[str, dict[str, list[FlowEdge]]] = {n: {} for n in flow.nodes}
        self._ports = {(n.id, p.name): p for n in flow.nodes.values() for p in n.inputs}
        self._caught = {e.source for e in flow.edges if e.source_port == ERROR_PORT}
        for node in flow.nodes.values():
            if isinstance(node.op, Repeat):
                leaving = node.op.exits.values()
                self._caught |= {inner for inner, port in leaving if port == ERROR_PORT}
        for edge in flow.edges:
            into = self.edges_back if self._is_back(edge) else self.edges_in
            into[edge.target].setdefault(edge.target_port, []).append(edge)
        self.waits: dict[str, dict[str, None]] = {n: {} for n in flow.nodes}  # sets with an order
        self.follows: dict[str, dict[str, None]] = {n: {} for n in flow.nodes}
        self.taps = self._tapped(self.edges_in)
        self.taps_back = self._tapped(self.edges_back)
        self.gating = {
            node_id: tuple(port for port in ports if self.port(node_id, port).gates)
            for node_id, ports in self.edges_in.items()
        }
        self.races = frozenset(n.id for n in flow.nodes.values() if isinstance(n.op, Race))
        self._shared: dict[tuple[str, str], int] = {}
        self._called: dict[str, Wiring] = {}
        self._programs: dict[int, tuple[Expr, Program]] = {}
        self._order((edge.source, edge.target) for edge in flow.edges)
        self._order(sorted(flow.references))

    def _chain(self, node_id: str) -> tuple[str, ...]:
        chain: list[str] = []
        scope = self.flow.nodes[node_id].scope
        while scope != TOP:
            chain.insert(0, scope)
            scope = self.flow.nodes[scope].scope
        return tuple(chain)

    def _is_back(self, edge: FlowEdge) -> bool:
        op = self.flow.nodes[edge.target].op
        inside = edge.target in (*self.chain[edge.source], edge.source)
        if isinstance(op, ForEach | Race):
            return inside and edge.target_port == op.back_port
        return inside and isinstance(op, Repeat)

    def called(self, node_id: str) -> "Wiring":
        """That of the workflow which a node calls."""
        if node_id not in self._called:
            self._called[node_id] = Wiring(self.flow.calls[node_id])
        return self._called[node_id]

    def inside(self, scope: str, path: Path) -> list[FlowNode]:
        """The nodes directly in a scope that one iteration of it has: of a race, an arm's."""
        body = self.body.get(scope, [])
        op = self.flow.nodes[scope].op if scope != TOP else None
        return [n for n in body if op.arms[n.id] == path[-1]] if isinstance(op, Race) else body

    def _order(self, pairs: Iterable[tuple[str, str]]) -> None:
        for first, then in pairs:
            a, b = (*self.chain[first], first), (*self.chain[then], then)
            level = 0
            while level < min(len(a), len(b)) - 1 and a[level] == b[level]:
                level += 1
            if a[level] != b[level]:
                self.waits[b[level]][a[level]] = None
                self.follows[a[level]][b[level]] = None

    def _tapped(self, into: Mapping[str, Mapping[str, list[FlowEdge]]]) -> Mapping[str, Taps]:
        return {
            node_id: tuple(
                (port, tuple((e.source, self._depth(e), e.source_port) for e in edges))
                for port, edges in ports.items()
            )
            for node_id, ports in into.items()
        }

    def _depth(self, edge: FlowEdge) -> int:
        op = self.flow.nodes[edge.source].op
        of_item = isinstance(op, ForEach) and edge.source_port == op.item_port
        return len(self.chain[edge.source]) + of_item

    def origin(self, edge: FlowEdge, path: Path) -> Activation:
        """The activation whose ports decide the edge, seen from a target at `path`."""
        return edge.source, path[: self._depth(edge)]

    def shared(self, node_id: str, reader: str) -> int:
        """How many of the loops around both are the same, outermost first."""
        found = self._shared.get((node_id, reader))
        if found is None:
            found = 0
            for one, other in zip(self.chain[node_id], self.chain[reader], strict=False):
                if one != other:
                    break
                found += 1
            self._shared[node_id, reader] = found
        return found

    def program(self, expr: Expr) -> Program:
        """An expression of the flow, compiled once."""
        # By identity, because hashing a deep one costs a walk; held, so that no id comes again.
        found = self._programs.get(id(expr))
        if found is None:
            found = self._programs[id(expr)] = expr, Program(expr)
        return found[1]

    def port(self, node_id: str, name: str) -> Port:
        """The input port's declaration."""
        return self._ports.get((node_id, name)) or Port(name)

    def has_error_edge(self, node_id: str) -> bool:
        """Whether somebody listens at the node's error port."""
        return node_id in self._caught
