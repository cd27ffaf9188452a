"""What the checks know so far: each reads what the ones before it found out, and adds its own."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from weft.domain.errors import Diagnostic
from weft.domain.graph import GraphDoc, Node
from weft.ir.flow import TOP, Flow, FlowEdge
from weft.ir.ops import Decide, Op, Race, Start
from weft.ir.ports import Port
from weft.nodekit.catalogue import Catalogue
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import DeclaredInput, NodeType


@dataclass(slots=True)
class NodeDraft:
    """One node, as far as it is understood. `op` is None when its config is broken."""

    node: Node
    type: NodeType[Any]
    config: NodeConfig | None = None
    outputs: tuple[Port, ...] = ()
    op: Op | None = None
    connected: Counter[str] = field(default_factory=Counter)  # edges into each input port
    branches_on_error: bool = False

    @property
    def heads(self) -> bool:
        """Whether the node is there to head a loop."""
        return isinstance(self.op, Decide) and self.op.rounds is not None

    @property
    def starts(self) -> bool:
        """Whether the node is a trigger that can fire."""
        return isinstance(self.op, Start)


@dataclass(frozen=True, slots=True)
class LoopDraft:
    """A way back that was drawn; the fields are those of `Repeat`."""

    header: str
    rounds: int
    exits: Mapping[str, tuple[str, str]]
    outcomes: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Callee:
    """A workflow that is called: its checked graph, where a call starts it, what it takes.

    `start` is None where no call can start it, `inputs` where it declares none.
    """

    flow: Flow
    start: str | None
    inputs: tuple[DeclaredInput, ...] | None


Looked: TypeAlias = Callee | tuple[Diagnostic, ...]  # or what is wrong with it


@dataclass(frozen=True, slots=True)
class Workflows:
    """The workflows that can be called: `documents` by reference, and what was found of each.

    `calling`: those around the graph in hand, outermost first. `examine` looks at one of them.
    """

    documents: Mapping[str, GraphDoc]
    examine: Callable[[GraphDoc, "Workflows"], Looked]
    calling: tuple[str, ...] = ()
    found: dict[str, Looked] = field(default_factory=dict)

    def look_up(self, reference: str, workflow: str) -> Looked | None:
        """What a reference names; None where nothing is there."""
        if reference not in self.found and reference in self.documents:
            inside = replace(self, calling=(*self.calling, workflow))
            self.found[reference] = self.examine(self.documents[reference], inside)
        return self.found.get(reference)


@dataclass(slots=True)
class Draft:
    """A graph under examination."""

    doc: GraphDoc
    catalogue: Catalogue
    credentials: Mapping[str, str] | None  # id → type; None: not known here, not checked
    workflows: Workflows
    nodes: dict[str, NodeDraft] = field(default_factory=dict)
    edges: list[FlowEdge] = field(default_factory=list)
    reachable: set[str] = field(default_factory=set)
    scope: dict[str, str] = field(default_factory=dict)  # node → innermost loop
    loops: dict[str, LoopDraft] = field(default_factory=dict)
    references: set[tuple[str, str]] = field(default_factory=set)
    calls: dict[str, Flow] = field(default_factory=dict)  # node → the checked graph that it runs
    order: list[str] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, problems: Iterable[Diagnostic]) -> None:
        """Keep what a check found."""
        self.problems.extend(problems)

    def ancestors(self, node: str) -> list[str]:
        """The loops around a node, innermost first."""
        found = []
        scope = self.scope.get(node, TOP)
        while scope != TOP:
            found.append(scope)
            scope = self.scope.get(scope, TOP)
        return found

    def loop_around(self, node: str) -> str:
        """The innermost loop around a node, or TOP; a race is no loop."""
        for scope in self.ancestors(node):
            if scope in self.loops or not isinstance(self.nodes[scope].op, Race):
                return scope
        return TOP

    def lifted(self, node: str, scope: str) -> str | None:
        """The node itself, or the loop around it, that lies directly in `scope`."""
        current = node
        while self.scope.get(current, TOP) != scope:
            current = self.scope.get(current, TOP)
            if current == TOP:
                return None
        return current

    def shown(self, node: str) -> str:
        """The id people know: that of its header for a loop that was drawn."""
        return self.loops[node].header if node in self.loops else node
