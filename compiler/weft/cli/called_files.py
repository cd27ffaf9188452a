"""Graphs that call other graph files: the files that a call names, and those that they name."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    from weft.domain.graph import GraphDoc


@dataclass(frozen=True, slots=True)
class Sources:
    """A graph, and the workflows it calls: by path from the graph's folder, each after those that
    it calls itself."""

    document: "bytes | Mapping[str, Any]"
    workflows: "Mapping[str, GraphDoc]"


def read_called(source: str, document: bytes) -> Sources:
    """Read what a graph calls; `source` is the name it was read from, `-` for stdin.

    Raises `UsageError` for a file that cannot be read or that leads back to itself, `CompileError`
    for one that is no graph.
    """
    path = Path(source)
    folder = Path() if source == "-" else path if path.is_dir() else path.parent
    try:
        graph = orjson.loads(document)
    except orjson.JSONDecodeError:
        return Sources(document, {})  # which is told by whoever parses it
    if not any(_calls(graph)):
        return Sources(document, {})
    found: dict[str, GraphDoc] = {}
    return Sources(_read(graph, folder, folder, found, ()), found)


def _read(
    graph: Any, here: Path, root: Path, found: "dict[str, GraphDoc]", around: tuple[str, ...]
) -> Any:
    """The graph with calls by path from `root`; fills `found`."""
    from weft.compiler.parse import parse

    named: dict[str, str] = {}
    for node in _calls(graph):
        path = here / node["config"]["workflow"]
        name = Path(os.path.relpath(path, root)).as_posix()
        named[node["config"]["workflow"]] = name
        if name in around:
            circle = " → ".join((*around[around.index(name) :], name))
            raise click.UsageError(f"workflows call each other in a circle: {circle}")
        if name in found:
            continue
        try:
            called = orjson.loads(path.read_bytes())
        except OSError as error:
            raise click.UsageError(f"cannot read the graph {path}: {error.strerror}") from error
        except orjson.JSONDecodeError as error:
            raise click.UsageError(f"the graph {path} is not JSON: {error}") from error
        inside = _read(called, path.parent, root, found, (*around, name))
        found[name] = parse(inside)
    return with_workflows(graph, named)


def with_workflows(graph: Any, named: Mapping[str, str]) -> Any:
    """The graph with other names in its calls."""
    calls = {id(node) for node in _calls(graph)}
    if not calls:
        return graph
    nodes = [
        {**n, "config": {**n["config"], "workflow": named[n["config"]["workflow"]]}}
        if id(n) in calls
        else n
        for n in graph["nodes"]
    ]
    return {**graph, "nodes": nodes}


def _calls(graph: Any) -> Iterator[Any]:
    """The nodes that call a file, as far as they can be read."""
    from weft.nodes.catalogue import NodeCatalogue

    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    for node in nodes if isinstance(nodes, list) else ():
        if not isinstance(node, dict) or not isinstance(node.get("config"), dict):
            continue
        named = node["config"].get("workflow")
        if isinstance(named, str) and named.endswith(".json"):
            type_ = NodeCatalogue().find(str(node.get("type")))
            if type_ is not None and type_.calls:
                yield node
