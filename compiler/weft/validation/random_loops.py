"""Random graphs with ways drawn back: of any graph, whatever ways back the language allows.

Edges from a node to one before it are tried, and nodes made to head a loop put in; what the checks
refuse is taken back. So the loops are whatever they happen to be: nested, of one node, with arms
that leave, in for-each bodies and around them.
"""

import copy
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weft.compiler.check.check import examine
from weft.domain.graph import GraphDoc
from weft.ir.flow import Flow
from weft.ir.ops import Repeat
from weft.nodekit.catalogue import Catalogue
from weft.validation.shrink import Graph

ROUNDS = 4  # at most; most loops end before, by what their steps answer
_TRIES = 14


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a family's nodes are called: one that heads loops, and one that may hang on anything."""

    head: Callable[[random.Random, str, str], dict[str, Any]]  # dice, id, text of a condition
    tail: Callable[[str], dict[str, Any]]
    tail_port: str
    readable: str  # the config field that may read loops


def with_loops(graph: Graph, seed: int, catalogue: Catalogue, kinds: Kinds) -> Graph:
    """The graph with loops, if any can be drawn in it."""
    dice = random.Random(f"loops {seed}")  # noqa: S311 - repeatable, not secret
    settings = {**graph.get("settings", {}), "max_iterations": ROUNDS}
    graph = {**copy.deepcopy(graph), "settings": settings}
    drawing = _Drawing(graph, dice, catalogue, kinds)
    for _ in range(_TRIES):
        drawing.attempt()
    drawing.read_loops()
    return drawing.graph


@dataclass(slots=True)
class _Drawing:
    graph: Graph
    dice: random.Random
    catalogue: Catalogue
    kinds: Kinds
    made: int = 0

    def attempt(self) -> None:
        """One way back more, if it may be."""
        changed = copy.deepcopy(self.graph)
        edges = changed["edges"]
        after = defaultdict(set)
        for edge in edges:
            after[edge["source"]].add(edge["target"])
        if not edges:
            return
        into = self.dice.choice(edges)
        target, below = into["target"], _reach(into["target"], after)
        source = self.dice.choice(sorted(below | {target}))
        port = self._port(source)
        if port is None:
            return
        back = {"source": source, "source_port": port}
        if self.dice.random() < 0.3:
            head, end = f"w{self.made}", f"z{self.made}"
            text = self.dice.choice(["loop.index < 2", f"{source}.output.flag", "loop.item.n < 3"])
            changed["nodes"] += [self.kinds.head(self.dice, head, text), self.kinds.tail(end)]
            edges.append({**into, "source": head, "source_port": "body"})
            edges += [
                {**back, "target": head, "target_port": "back"},
                {"source": head, "source_port": "done", "target": end,
                 "target_port": self.kinds.tail_port},
            ]  # fmt: skip
            into.update(target=head, target_port="input")
            ways = [edge for edge in edges if edge["source"] == target and edge is not into]
            if ways and self.dice.random() < 0.5:
                self.dice.choice(ways).update(source=head, source_port="done")
            self.made += 1
        else:
            edges.append({**back, "target": target, "target_port": into["target_port"]})
        for number, edge in enumerate(edges):
            edge["id"] = f"e{number}"
        if self._flow(changed, strict=self.dice.random() < 0.9) is not None:
            self.graph = changed

    def _port(self, node_id: str) -> str | None:
        node = next(n for n in self.graph["nodes"] if n["id"] == node_id)
        found = self.catalogue.find(node["type"])
        assert found is not None
        ports = [p.name for p in found.output_ports(found.config.model_validate(node["config"]))]
        ports = [port for port in ports if port != found.body]
        if node.get("on_error") == "branch" and self.dice.random() < 0.3:
            ports.append("error")
        return self.dice.choice(ports) if ports else None

    def _flow(self, graph: Graph, *, strict: bool) -> Flow | None:
        """The checked graph; with `strict` None also where a loop cannot end."""
        examined = examine(GraphDoc.model_validate(graph), self.catalogue)
        endless = any(found.code == "W2017" for found in examined.diagnostics)
        return None if strict and endless else examined.flow

    def read_loops(self) -> None:
        """Let some nodes in loops read what came and the number of the round."""
        flow = self._flow(self.graph, strict=False)
        if flow is None:
            return
        for node in self.graph["nodes"]:
            held = flow.nodes.get(node["id"])
            if held is None or not held.scope or self.kinds.readable not in node["config"]:
                continue
            if isinstance(flow.nodes[held.scope].op, Repeat) and self.dice.random() < 0.4:
                text = self.dice.choice(["{{loop.index}}", "{{loop.item.n}}", "{{loop.item}}"])
                changed = copy.deepcopy(self.graph)
                for other in changed["nodes"]:
                    if other["id"] == node["id"]:
                        other["config"][self.kinds.readable] = text
                if self._flow(changed, strict=False) is not None:
                    self.graph = changed


def _reach(start: str, after: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = [start]
    while stack:
        for target in after[stack.pop()] - found:
            found.add(target)
            stack.append(target)
    return found


def _probe_head(dice: random.Random, node_id: str, text: str) -> dict[str, Any]:
    config = {"value": "{{" + text + "}}", "rounds": ROUNDS}
    rule = dice.choices(["fail", "branch", "continue"], [5, 2, 2])[0]
    return {"id": node_id, "type": "probe_while", "config": config, "on_error": rule}


def _probe_tail(node_id: str) -> dict[str, Any]:
    return {"id": node_id, "type": "probe_call", "config": {}}


def _real_head(dice: random.Random, node_id: str, text: str) -> dict[str, Any]:
    return {"id": node_id, "type": "while", "config": {"condition": text, "max_iterations": ROUNDS}}


def _real_tail(node_id: str) -> dict[str, Any]:
    return {"id": node_id, "type": "log", "config": {"message": "after"}}


PROBE_KINDS = Kinds(_probe_head, _probe_tail, "input", "value")
REAL_KINDS = Kinds(_real_head, _real_tail, "input", "message")
