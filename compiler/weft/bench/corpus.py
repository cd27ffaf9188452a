"""Graphs from files of topologies, one JSON object a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from weft.bench import dify, flowise, n8n
from weft.bench.drawing import document
from weft.bench.mapping import Classes
from weft.domain.errors import Invalid

_READERS = {"n8n": n8n.drawing, "dify": dify.drawing, "flowise": flowise.drawing}


@dataclass(frozen=True, slots=True)
class Sample:
    """One graph to measure: a `weft/1` document over `BenchCatalogue`."""

    name: str
    document: dict[str, Any]


def read_corpus(
    path: Path, mapping: dict[str, Classes], repeatable: float = 0.0
) -> Iterator[Sample]:
    """The graphs of a file. `repeatable`: the share of the calls of other services that may be
    repeated, which topologies do not tell.

    Raises `Invalid` for a line that is none of the known formats.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise Invalid(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            graph = orjson.loads(line)
            made = _READERS[format_of(graph)](graph, mapping[format_of(graph)])
            name = str(graph["id"])
            yield Sample(name, document(made, name, repeatable))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise Invalid(f"{path}, line {number}, is no graph: {error!r}") from error


def format_of(graph: dict[str, Any]) -> str:
    """Which product drew a graph."""
    source = str(graph.get("src", ""))
    if source.startswith(("dify", "flowise")):
        return source.split("/")[0]
    return "n8n"
