"""What excludes what within one round of a loop, before its body is a scope."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from weft.compiler.check.draft import Draft
from weft.compiler.check.flow_nodes import flow_node
from weft.compiler.lower.activation import Wiring, edge_live, goes_on
from weft.compiler.schedule.conditions import Conditions
from weft.compiler.schedule.diagrams import Diagram
from weft.domain.graph import Settings
from weft.expressions.ast import Literal
from weft.ir.flow import TOP, Flow, FlowEdge, FlowNode
from weft.ir.ops import Case, Decide
from weft.ir.ports import Join, Port

Outcomes = tuple[str | None, ...]


@dataclass(slots=True)
class RoundConditions:
    """Of the loop with this header; `unit` gives a node's place in the scope around the loop."""

    draft: Draft
    header: str
    unit: Callable[[str], str | None]

    def not_last(self, inside: set[str], leaving: Iterable[FlowEdge]) -> list[FlowEdge]:
        """The edges that may be live in a round that another one follows."""
        wiring, conditions, again = self._round(inside)
        both = conditions.diagrams.both
        return [
            edge
            for edge in leaving
            if edge.source not in inside
            or both(edge_live(wiring, edge, conditions), again) is not False
        ]

    def ends(self, inside: set[str], exits: Mapping[str, tuple[str, str]]) -> tuple[Outcomes, bool]:
        """The outcomes of the last round if exits exclude each other, else (); and whether there
        is no last round."""
        wiring, conditions, again = self._round(inside)
        diagrams = conditions.diagrams
        some: Diagram = again
        exclusive = True
        for node, port in exits.values():
            live = edge_live(wiring, FlowEdge(node, port, "", ""), conditions)
            exclusive = exclusive and diagrams.both(some, live) is False
            some = diagrams.either(some, live)
        if not exclusive:
            return (), again is True
        return (*exits, *(() if some is True and exits else (None,))), again is True

    def _round(self, inside: set[str]) -> tuple[Wiring, Conditions, Diagram]:
        flow, back = self._flow(inside)
        wiring, conditions = Wiring(flow), Conditions(flow)
        return wiring, conditions, goes_on(wiring, self._node(self.header), back, conditions)

    def _node(self, name: str) -> FlowNode:
        item = self.draft.nodes[self.draft.shown(name)]
        if item.op is None or item.config is None:  # which is reported, and stops the graph
            return _anything(name, [edge.source_port for edge in self.draft.edges])
        return replace(flow_node(self.draft, name), scope=TOP)

    def _flow(self, inside: set[str]) -> tuple[Flow, dict[str, list[FlowEdge]]]:
        """The body as a graph without the ways back, and those by port.

        What comes from outside may be live or not, whatever else is.
        """
        back: dict[str, list[FlowEdge]] = {}
        edges: list[FlowEdge] = []
        before: dict[str, set[str]] = {name: set() for name in inside}
        outside: dict[str, set[str]] = {}
        for edge in self.draft.edges:
            source = self.unit(edge.source)
            if edge.target not in inside or edge.source not in self.draft.reachable:
                continue
            if source == edge.target and edge.source != edge.target:
                continue  # within a loop of the body
            if edge.target == self.header:
                if edge.source in inside:
                    back.setdefault(edge.target_port, []).append(edge)
            elif source in inside and edge.source in inside:
                before[edge.target].add(edge.source)
                edges.append(edge)
            elif source not in inside:
                outside.setdefault(edge.source, set()).add(edge.source_port)
                edges.append(edge)
        nodes = {name: _anything(name, sorted(ports)) for name, ports in sorted(outside.items())}
        for name in _in_order(before, self.draft):
            nodes[name] = self._node(name)
        nodes[self.header] = replace(nodes[self.header], join=Join.ALWAYS)
        flow = Flow(nodes, tuple(edges), frozenset(), (), {}, Settings())
        return flow, back


def _in_order(before: Mapping[str, set[str]], draft: Draft) -> list[str]:
    return list(TopologicalSorter({k: sorted(v) for k, v in sorted(before.items())}).static_order())


def _anything(name: str, ports: list[str]) -> FlowNode:
    """Stands for a node of which each port may be live or dead."""
    cases = tuple(Case(port, Literal(None)) for port in ports)
    op = Decide(cases, None, Literal(None), every_match=True)
    return FlowNode(name, op, (), tuple(map(Port, dict.fromkeys(ports))), Join.ALWAYS)
