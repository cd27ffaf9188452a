"""Graphs of n8n: item loops by their ways out, sub-nodes folded into what they serve."""

from collections.abc import Mapping
from typing import Any

from weft.bench.catalogue import EFFECTS
from weft.bench.drawing import ERROR, Drawing, Drawn, Line, reached
from weft.bench.mapping import Classes

_MAIN = ("main", ERROR)
_BRANCH = "onError:continueErrorOutput"
_PAUSES = ("sendAndWait", "waitResume:webhook")
_DONE_FIRST = 3  # the version of the loop node from which its first output is `done`


def drawing(graph: Mapping[str, Any], classes: Classes) -> Drawing:
    """The graph as drawn."""
    held = graph["nodes"]
    main = [edge for edge in graph["edges"] if edge[1] in _MAIN]
    nodes = [_drawn(node, classes) for node in held]
    serves = _served(graph, {end for edge in main for end in (edge[0], edge[3])})
    drawn = Drawing(nodes)
    for source, out, way, target, _, into in main:
        taken: int | str = ERROR if out == ERROR else way
        drawn.lines.append(Line(source, taken, target, order=into))
    drawn.reads = [(p, serves.get(c, c)) for p, c in graph["refs"] if p not in serves]
    for index, node in enumerate(held):
        if index not in serves:
            _ways(drawn, index, _BRANCH in node.get("f", ()))
    _loops(drawn, held)
    return _without(drawn, set(serves))


def _drawn(node: Mapping[str, Any], classes: Classes) -> Drawn:
    flags = node.get("f", ())
    kind = classes.of(node["t"])
    if any(flag in flags for flag in _PAUSES):
        kind = "approval"
    return Drawn(
        kind,
        disabled="disabled" in flags,
        retries="retryOnFail" in flags,
        fails="continue" if "onError:continueRegularOutput" in flags else "fail",
    )


def _served(graph: Mapping[str, Any], drawn: set[int]) -> dict[int, int]:
    """Sub-nodes with the node they serve at last: a tool's model serves the tool's agent."""
    serves = {e[0]: e[3] for e in graph["edges"] if e[1] not in _MAIN and e[0] not in drawn}
    for node in serves:
        root, seen = serves[node], {node}
        while root in serves and root not in seen:
            seen.add(root)
            root = serves[root]
        serves[node] = root
    return serves


def _ways(drawn: Drawing, index: int, branches: bool) -> None:
    """Which outputs are decided between, and which one is the error's."""
    node = drawn.nodes[index]
    if node.kind == "foreach":
        return
    out = [line for line in drawn.lines if line.source == index]
    last = max((line.way for line in out if isinstance(line.way, int)), default=0)
    error_way = last if branches and last > 0 and node.kind in EFFECTS else None
    ways = last + (error_way is None)
    if any(line.way == ERROR for line in out) and node.kind not in EFFECTS:
        error_way, ways = None, ways + 1
    for position, line in enumerate(drawn.lines):
        if line.source != index:
            continue
        if line.way == error_way or (line.way == ERROR and node.kind in EFFECTS):
            node.fails = "branch"
            drawn.lines[position] = Line(index, ERROR, line.target, order=line.order)
        elif line.way == ERROR:
            drawn.lines[position] = Line(index, ways - 1, line.target, order=line.order)
    node.ways = max(ways, 2) if node.kind == "decision" else ways
    if node.ways > 1 and node.kind not in (*EFFECTS, "decision"):
        _decide_on(drawn, index)


def _decide_on(drawn: Drawing, index: int) -> None:
    """A node that cannot decide and has several ways out decides on its own result."""
    node = drawn.nodes[index]
    if node.kind == "pure":
        node.kind = "decision"
        return
    choice = drawn.add(Drawn("decision", ways=node.ways))
    node.ways = 1
    for position, line in enumerate(drawn.lines):
        if line.source == index:
            drawn.lines[position] = Line(choice, line.way, line.target, order=line.order)
    drawn.lines.append(Line(index, 0, choice))


def _loops(drawn: Drawing, held: list[Mapping[str, Any]]) -> None:
    """Name the two ways out of a loop node; what comes back from its items is its way back."""
    loops = [k for k in range(len(held)) if drawn.nodes[k].kind == "foreach"]
    for loop in loops:
        after = drawn.after()
        out: dict[int | str, list[int]] = {}
        for line in drawn.lines:
            if line.source == loop:
                out.setdefault(line.way, []).append(line.target)
        item = _item_way(out, reached_by={w: reached(after, t) for w, t in out.items()},
                         loop=loop, version=float(held[loop].get("v", 1)))  # fmt: skip
        body = reached(after, out.get(item, []), stop=loop)
        for position, line in enumerate(drawn.lines):
            into = "back" if line.target == loop and line.source in body else line.into
            way = line.way
            if line.source == loop and isinstance(way, int):
                way = "item" if way == item else "done"
            drawn.lines[position] = Line(line.source, way, line.target, into, line.order)


def _item_way(
    out: Mapping[int | str, list[int]],
    reached_by: Mapping[int | str, set[int]],
    loop: int,
    version: float,
) -> int | str:
    """The way that leads back to the loop; where none or both do, the one its version says."""
    usual = 1 if version >= _DONE_FIRST else 0
    back = [way for way in out if loop in reached_by[way]]
    return back[0] if len(back) == 1 else usual


def _without(drawn: Drawing, gone: set[int]) -> Drawing:
    """The drawing without some nodes, which have no edges."""
    kept = [k for k in range(len(drawn.nodes)) if k not in gone]
    at = {old: new for new, old in enumerate(kept)}
    return Drawing(
        [drawn.nodes[k] for k in kept],
        [Line(at[e.source], e.way, at[e.target], e.into, e.order) for e in drawn.lines],
        [(at[p], at[c]) for p, c in drawn.reads if p in at and c in at],
    )
