"""The checked graph: nodes with what they do, edges resolved to ports, loop bodies found.

This is what the semantics speak of. The reference interpreter runs it as it stands; the compiler
lowers it. Nothing here knows the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from weft.domain.graph import Retry, Settings
from weft.expressions.ast import JsonValue
from weft.ir.ops import Invoke, NativeCall, Op
from weft.ir.ports import Join, Port

TOP = ""  # the scope outside every loop
CALLED = "call"  # the trigger's type in a workflow that another one called


def loop_id(header: str) -> str:
    """The id of the loop that a node heads; no person's id can hold the sign."""
    return f"{header}~"


def inner_id(call: str, node: str) -> str:
    """The id of a node of the workflow that a node calls; no person's id holds a dot."""
    return f"{call}.{node}"


class OnError(StrEnum):
    """What an effect's unrecovered error does (semantics §4.2)."""

    FAIL = "fail"  # the run fails
    CONTINUE = "continue"  # data ports go live with the configured value
    BRANCH = "branch"  # only the error port goes live, with {node, type, message, attempts}


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A node with its behaviour. `scope` is the id of the innermost loop around it, or TOP."""

    id: str
    op: Op
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]  # data ports; an effect has the error port besides
    join: Join = Join.ALL_PORTS
    scope: str = TOP
    on_error: OnError = OnError.FAIL
    on_error_value: JsonValue = None
    retry: Retry = field(default_factory=Retry)
    timeout_seconds: int = 60
    name: str = ""
    type: str = ""

    @property
    def drawn(self) -> str:
        """The id people know: a loop's own node is not drawn, so it goes by its header's, and what
        is made for a call by the call's."""
        return self.id.rstrip("~.")

    @property
    def own_id(self) -> str:
        """The id in the graph that it was drawn in, which its error names."""
        return self.drawn.rpartition(".")[2]

    @property
    def is_drawn(self) -> bool:
        """Whether somebody drew the node."""
        return not self.id.endswith("~")


def limits_itself(node: FlowNode) -> bool:
    """Whether a call of the host's own ends by its own time limit, before the node's."""
    call = node.op.native if isinstance(node.op, Invoke) else None
    return isinstance(call, NativeCall) and call.timeout < node.timeout_seconds


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """A token's way. Edges are listed in canonical order: (target, port index, order, position)."""

    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked graph. Every node is reachable from a trigger; `references` order without a token.

    `nodes` is in a topological order of each scope (back edges of loops left out).
    `edges`: those into and out of the header of a `Repeat` that leave or enter its body are the
    loop's own; those inside the body are as drawn.
    `references`: (producer, consumer) pairs from expressions, both in the same scope: a reference
    from or into a body is recorded on the loop that holds the reader or what is read.
    `results`: ids of the result nodes, or of all sinks of the top scope where there is none.
    `calls`: by the id of each node that calls another workflow, that workflow's graph.
    """

    nodes: Mapping[str, FlowNode]
    edges: tuple[FlowEdge, ...]
    references: frozenset[tuple[str, str]]
    results: tuple[str, ...]
    variables: Mapping[str, JsonValue]
    settings: Settings
    name: str = ""
    version: int = 0
    calls: Mapping[str, "Flow"] = field(default_factory=dict)

    def reached(self, start: str) -> set[str]:
        """The nodes that edges lead to from a node, itself included."""
        follows: dict[str, list[str]] = {}
        for edge in self.edges:
            follows.setdefault(edge.source, []).append(edge.target)
        found, ahead = {start}, [start]
        while ahead:
            for name in follows.get(ahead.pop(), ()):
                if name not in found:
                    found.add(name)
                    ahead.append(name)
        return found

    def find(self, node_id: str) -> FlowNode:
        """A node by its id, also one of a called workflow (`inner_id`). Raises KeyError."""
        if node_id in self.nodes:  # what is called stands in place of the calls
            return self.nodes[node_id]
        flow = self
        *around, name = node_id.split(".")
        for call in around:
            flow = flow.calls[call]
        return flow.nodes[name]
