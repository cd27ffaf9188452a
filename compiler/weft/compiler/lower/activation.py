"""When a node fires, said once and built in any logic: as an expression, or as a diagram.

The rules are those of semantics §4.2: a node fires when its join is satisfied by the edges that
are live, and an edge is live when its source fired and sent a token out of the edge's port.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol, TypeVar

from weft.expressions.ast import Literal
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode, OnError
from weft.ir.ops import ERROR_PORT, Call, Decide, ForEach, Invoke, Known, Race, Repeat, Start
from weft.ir.ports import Join

L = TypeVar("L")
OK = "ok"  # outcome of an effect whose data ports all go live


class Logic(Protocol[L]):
    """A Boolean algebra with the tests that activations are made of."""

    def constant(self, value: bool) -> L: ...
    def all_of(self, parts: list[L]) -> L: ...
    def any_of(self, parts: list[L]) -> L: ...
    def fired(self, node: str) -> L: ...
    def is_trigger(self, node: str) -> L: ...
    def chose(self, node: str, port: str) -> L: ...  # implies that the node fired
    def matched(self, node: str, port: str) -> L: ...  # one of several; implies the same


class Wiring:
    """The in-edges of every node by port, and which loop each edge starts in.

    `back[l]`: by port, the edges that lead back to the header of the `Repeat` loop l.
    `heads`: the headers of such loops.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        nodes = flow.nodes.values()
        self.triggers = [n.id for n in nodes if isinstance(n.op, Start)]
        self.heads = {n.op.header: n.id for n in nodes if isinstance(n.op, Repeat)}
        self.back: dict[str, dict[str, list[FlowEdge]]] = defaultdict(dict)
        self._into: dict[str, dict[str, list[FlowEdge]]] = defaultdict(dict)
        for edge in flow.edges:
            into = self.back if repeats(flow, edge) else self._into
            into[edge.target].setdefault(edge.target_port, []).append(edge)

    def into(self, node: str, port: str) -> list[FlowEdge]:
        """The edges into a port, in canonical order."""
        return self._into[node].get(port, [])

    def connected(self, node: FlowNode) -> Mapping[str, list[FlowEdge]]:
        """Connected ports with their edges, without a loop's way back."""
        back = node.op.back_port if isinstance(node.op, ForEach | Race) else None
        return {port: edges for port, edges in self._into[node.id].items() if port != back}

    def starts_body(self, edge: FlowEdge) -> bool:
        """Whether the edge carries the item of the loop around its target."""
        op = self.flow.nodes[edge.source].op
        return isinstance(op, ForEach) and edge.source_port == op.item_port


def repeats(flow: Flow, edge: FlowEdge) -> bool:
    """Whether an edge leads back to the header of a `Repeat` loop."""
    if not isinstance(flow.nodes[edge.target].op, Repeat):
        return False
    scope = flow.nodes[edge.source].scope
    while scope not in (TOP, edge.target):
        scope = flow.nodes[scope].scope
    return scope == edge.target


def settled_choice(op: Decide) -> str | None:
    """The port that a decision always takes, where its first case is true by itself."""
    first = op.cases[0] if op.cases else None
    if op.every_match or first is None or first.when != Literal(True):
        return None
    return first.port


def has_outcomes(node: FlowNode) -> bool:
    """Whether an effect can end in more than one way without failing the run."""
    if isinstance(node.op, Invoke):
        routed = bool(node.op.routes) or node.op.timeout_port is not None
        return routed or node.on_error is OnError.BRANCH
    if isinstance(node.op, Repeat):
        return len(node.op.outcomes) != 1 or node.on_error is not OnError.FAIL
    if isinstance(node.op, Race):
        return True
    return isinstance(node.op, ForEach | Call) and node.on_error is OnError.BRANCH


def several(node: FlowNode) -> bool:
    """Whether any number of a node's ports may be live at the end of it."""
    if isinstance(node.op, Repeat):
        return not node.op.outcomes
    return isinstance(node.op, Decide) and node.op.every_match


def fires(wiring: Wiring, node: FlowNode, logic: Logic[L]) -> L:
    """The condition under which a node fires."""
    if isinstance(node.op, Start):
        alone = len(wiring.triggers) == 1
        return logic.constant(True) if alone else logic.is_trigger(node.id)
    if isinstance(node.op, Known):
        return logic.constant(node.op.status != "skipped")
    if node.id in wiring.heads:
        return logic.constant(True)  # in every round there is
    ports = wiring.connected(node)
    edges = {port: [edge_live(wiring, edge, logic) for edge in ports[port]] for port in ports}
    match node.join:
        case Join.ALWAYS:
            return logic.constant(True)
        case Join.ANY_PORT:
            return logic.any_of([live for found in edges.values() for live in found])
        case Join.ALL_EDGES:
            return logic.all_of([live for found in edges.values() for live in found])
        case Join.ALL_PORTS:
            gates = {port.name for port in node.inputs if port.gates}
            return logic.all_of([logic.any_of(edges[port]) for port in edges if port in gates])


def edge_live(wiring: Wiring, edge: FlowEdge, logic: Logic[L]) -> L:
    """The condition under which an edge carries a token."""
    if wiring.starts_body(edge):
        return logic.constant(True)
    source = wiring.flow.nodes[edge.source]
    if isinstance(source.op, Known):
        return logic.constant(edge.source_port in source.op.live)
    if isinstance(source.op, Decide) and (settled := settled_choice(source.op)) is not None:
        return logic.fired(source.id) if settled == edge.source_port else logic.constant(False)
    if isinstance(source.op, Decide):
        test = logic.matched if source.op.every_match else logic.chose
        return test(source.id, edge.source_port)
    if several(source):
        return logic.matched(source.id, edge.source_port)
    if has_outcomes(source):
        return logic.chose(source.id, outcome_of(source, edge.source_port))
    if edge.source_port == ERROR_PORT and all(p.name != ERROR_PORT for p in source.outputs):
        return logic.constant(False)
    return logic.fired(source.id)


def goes_on(
    wiring: Wiring, loop: FlowNode, back: Mapping[str, list[FlowEdge]], logic: Logic[L]
) -> L:
    """The condition under which another round follows one: what came back lets the header run."""
    lives = {port: [edge_live(wiring, e, logic) for e in edges] for port, edges in back.items()}
    each = [live for found in lives.values() for live in found]
    if loop.join is Join.ALL_EDGES:
        return logic.all_of(each)
    some = logic.any_of(each)
    if loop.join is not Join.ALL_PORTS:
        return some
    gates = [port.name for port in loop.inputs if port.gates and port.name in back]
    return logic.all_of([some, *(logic.any_of(lives[port]) for port in gates)])


def outcome_of(node: FlowNode, port: str) -> str:
    """The outcome that makes a port of an effect live."""
    if isinstance(node.op, Repeat) or (isinstance(node.op, Invoke) and node.op.routes):
        return port
    if port == ERROR_PORT or (isinstance(node.op, Invoke) and port == node.op.timeout_port):
        return port
    return OK


def outcomes(node: FlowNode) -> tuple[str | None, ...]:
    """Every way an effect or a decision can end; None: it takes no port at all."""
    if isinstance(node.op, Decide):
        ports = tuple(dict.fromkeys(case.port for case in node.op.cases))
        last = node.op.otherwise
        return ports if last in ports else (*ports, last)
    if isinstance(node.op, Repeat):
        ends = node.op.outcomes or tuple(node.op.exits)
        failed = {OnError.BRANCH: (ERROR_PORT,), OnError.CONTINUE: (None,)}
        return tuple(dict.fromkeys((*ends, *failed.get(node.on_error, ()))))
    found: list[str | None] = []
    if isinstance(node.op, Invoke) and node.op.routes:
        found += [*dict.fromkeys(case.port for case in node.op.routes), None]
    else:
        found.append(OK)
    if isinstance(node.op, Race):
        found.append(None)  # nothing arrives
    if isinstance(node.op, Invoke) and node.op.timeout_port is not None:
        found.append(node.op.timeout_port)
    if node.on_error is OnError.BRANCH:
        found.append(ERROR_PORT)
    return tuple(dict.fromkeys(found))
