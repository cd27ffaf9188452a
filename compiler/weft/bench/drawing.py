"""A graph as another product draws it, in abstract classes; and what it becomes in ours."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.bench.catalogue import EFFECTS, PREFIX, SERVICE

ERROR = "error"
# Far beyond what retries and waits add up to; a node says itself whether it is tried again.
# A run that repeats more often fails and is compared, but not counted.
SETTINGS = {
    "timeout_seconds": 30_000_000, "node_timeout_seconds": 60, "max_retries": 0,
    "max_iterations": 20,
}  # fmt: skip
RETRY = {"max_retries": 3, "interval_seconds": 1}


@dataclass(slots=True)
class Drawn:
    """One node. `kind`: its class; `fails`: what its error does, `fail`, `continue`, `branch`."""

    kind: str
    disabled: bool = False
    retries: bool = False
    fails: str = "fail"
    ways: int = 1  # outputs that are decided between


@dataclass(frozen=True, slots=True)
class Line:
    """One edge: out of output `way` (or ERROR, or a loop's `item` and `done`)."""

    source: int
    way: int | str
    target: int
    into: str = "input"
    order: int = 0


@dataclass(slots=True)
class Drawing:
    """`reads`: (producer, consumer) pairs of nodes whose settings name another's output."""

    nodes: list[Drawn]
    lines: list[Line] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)

    def after(self, way: Iterable[int | str] | None = None) -> dict[int, list[int]]:
        """Targets by source; of some ways only."""
        found: dict[int, list[int]] = defaultdict(list)
        for line in self.lines:
            if way is None or line.way in way:
                found[line.source].append(line.target)
        return found

    def add(self, node: Drawn) -> int:
        """One more node; its index."""
        self.nodes.append(node)
        return len(self.nodes) - 1


def reached(after: Mapping[int, list[int]], start: Iterable[int], stop: int = -1) -> set[int]:
    """The nodes that can be reached from some, themselves included, without leaving `stop`."""
    found = set(start)
    stack = list(found)
    while stack:
        here = stack.pop()
        for target in after.get(here, ()) if here != stop else ():
            if target not in found:
                found.add(target)
                stack.append(target)
    return found


def document(drawing: Drawing, name: str, repeatable: float = 0.0) -> dict[str, Any]:
    """The drawing as a `weft/1` document over `BenchCatalogue`.

    `repeatable`: how likely a call of another service may be repeated; which ones may is drawn by
    the graph's name.
    """
    _start(drawing)
    starts = (k for k, n in enumerate(drawing.nodes) if n.kind == "trigger" and not n.disabled)
    runs = reached(drawing.after(), starts)  # what never runs has no output to be read
    drawing.reads = [(other, reader) for other, reader in drawing.reads if other in runs]
    nodes = [_node(drawing, index) for index in range(len(drawing.nodes))]
    dice = random.Random(name)  # noqa: S311 - repeatable, not secret
    for node in nodes:
        if node["type"] == PREFIX + SERVICE and dice.random() < repeatable:
            node["config"]["repeatable"] = True
    edges = [_edge(drawing, number, line) for number, line in enumerate(drawing.lines)]
    return {
        "schema": "weft/1", "id": name, "name": name, "nodes": nodes, "edges": edges,
        "settings": SETTINGS,
    }  # fmt: skip


def _start(drawing: Drawing) -> None:
    """Where nothing starts the graph its author does: into every node that nothing leads to."""
    triggers = [n for n in drawing.nodes if n.kind == "trigger"]
    if not drawing.nodes or any(not trigger.disabled for trigger in triggers):
        return
    for trigger in triggers:
        trigger.kind = "pure"  # switched off, so it hands on what comes
    targets = {line.target for line in drawing.lines if line.into != "back"}
    roots = [k for k in range(len(drawing.nodes)) if k not in targets] or [0]
    start = drawing.add(Drawn("trigger"))
    drawing.lines += [Line(start, 0, root) for root in roots]


def _node(drawing: Drawing, index: int) -> dict[str, Any]:
    node = drawing.nodes[index]
    made: dict[str, Any] = {"id": f"n{index}", "type": PREFIX + node.kind, "config": {}}
    reads = [f"{{{{n{other}.output}}}}" for other in _readable(drawing, index)]
    if reads and node.kind != "trigger":
        made["config"]["value"] = reads[0] if len(reads) == 1 else reads
    if node.ways > 1 and node.kind != "foreach":
        made["config"]["ports"] = [f"out{way}" for way in range(node.ways)]
    if node.kind in EFFECTS or node.kind == "foreach":
        made["on_error"] = node.fails
    if node.fails == "continue":
        made["on_error_value"] = {"n": 0, "name": "out0"}
    if node.retries and node.kind in EFFECTS:
        made["retry"] = RETRY
    if node.disabled:
        made["disabled"] = True
    return made


def _readable(drawing: Drawing, index: int) -> list[int]:
    return sorted({other for other, reader in drawing.reads if reader == index != other})


def _edge(drawing: Drawing, number: int, line: Line) -> dict[str, Any]:
    source = drawing.nodes[line.source]
    port = "output" if isinstance(line.way, int) else line.way
    if isinstance(line.way, int) and source.ways > 1:
        port = f"out{line.way}"
    return {
        "id": f"e{number}", "source": f"n{line.source}", "source_port": port,
        "target": f"n{line.target}", "target_port": line.into, "order": line.order,
    }  # fmt: skip
