"""Any of the known shapes into the one graph model: never a refusal for a node, always a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from weft.compiler.diagnostics import diagnose
from weft.compiler.importers.assemble import Assembly
from weft.compiler.importers.drawn import Drawn, Reader, mapping
from weft.compiler.importers.edge_conditions import EdgeConditions
from weft.compiler.importers.input_mappings import InputMappings
from weft.compiler.importers.properties import Properties
from weft.compiler.importers.typed_ports import TypedPorts
from weft.compiler.parse import MAX_BYTES, MAX_NODES
from weft.domain.errors import CompileError, Diagnostic
from weft.domain.graph import SCHEMA
from weft.nodekit.catalogue import Catalogue

# The first that recognises a document reads it; the last is the plainest.
SHAPES: Final[Mapping[str, Reader]] = {
    "properties": Properties(),
    "input-mappings": InputMappings(),
    "typed-ports": TypedPorts(),
    "edge-conditions": EdgeConditions(),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """`document`: a `weft/1` graph; `report`: what became of what, per node (codes W5xxx)."""

    shape: str
    document: dict[str, Any]
    report: tuple[Diagnostic, ...]


def import_graph(source: bytes | str | Mapping[str, Any], catalogue: Catalogue) -> Imported:
    """Read a document of any known shape. Runs nothing of it and opens no connection.

    Raises `CompileError` for what is no JSON object, too large, or has no nodes at all.
    """
    data = _workflow(source if isinstance(source, Mapping) else _load(source))
    if data.get("schema") == SCHEMA:
        return Imported("weft", dict(data), ())
    for shape, reader in SHAPES.items():
        if reader.recognises(data):
            assembly = Assembly(_bounded(reader.read(data)), catalogue).run()
            return Imported(shape, assembly.document, tuple(assembly.report))
    raise CompileError([diagnose("W5009", "it has no list of nodes")])


def _load(source: bytes | str) -> Mapping[str, Any]:
    if len(source) > MAX_BYTES:
        message = f"{len(source)} bytes; {MAX_BYTES} are allowed"
        raise CompileError([diagnose("W1005", message, hint="split the workflow")])
    try:
        data = orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise CompileError([diagnose("W1002", str(error))]) from error
    if not isinstance(data, dict):
        raise CompileError([diagnose("W5009", "it is not a JSON object")])
    return data


def _workflow(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The graph itself, where a document wraps it."""
    for key in ("workflow", "graph", "definition", "flow", "data"):
        inner = mapping(data.get(key))
        if "nodes" in inner and "nodes" not in data:
            return {**{k: v for k, v in data.items() if k != key}, **_workflow(inner)}
    return data


def _bounded(drawn: Drawn) -> Drawn:
    if len(drawn.nodes) > MAX_NODES:
        message = f"{len(drawn.nodes)} nodes; {MAX_NODES} are allowed"
        raise CompileError([diagnose("W4002", message)])
    return drawn
