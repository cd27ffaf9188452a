"""Graphs of Flowise: what leads into a start is its settings; jumps go back to the beginning."""

from collections.abc import Mapping
from typing import Any

from weft.bench import dify
from weft.bench.drawing import Drawing, Line
from weft.bench.mapping import Classes


def drawing(graph: Mapping[str, Any], classes: Classes) -> Drawing:
    """The graph as drawn. Where a jump leads the file does not say: behind the start, here."""
    kinds = [classes.of(node["t"]) for node in graph["nodes"]]
    edges = [edge for edge in graph["edges"] if kinds[edge[2]] != "trigger"]
    drawn = dify.drawing({**graph, "edges": edges}, classes)
    firsts = sorted({e.target for e in drawn.lines if kinds[e.source] == "trigger"})
    for index, kind in enumerate(kinds):
        if kind == "jump":
            drawn.nodes[index].kind = "pure"
            drawn.lines += [Line(index, 0, first) for first in firsts[:1]]
    return drawn
