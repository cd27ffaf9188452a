"""Bytes to a graph document: everything that can be wrong before a node type is looked at."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from weft.compiler.diagnostics import diagnose
from weft.domain.errors import CompileError, Diagnostic
from weft.domain.graph import SCHEMA, GraphDoc

# A graph of 10,000 nodes takes about 2 MiB; the definition it becomes may have 1 MiB.
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 10_000
MAX_PROBLEMS = 200  # a machine-made document can be wrong in every line

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(source: bytes | str | Mapping[str, Any]) -> GraphDoc:
    """The document as a model. Raises `CompileError` with every problem found."""
    data, valid_text = (source, False) if isinstance(source, Mapping) else _load(source)
    _refuse(_depth_problems(data))
    if not isinstance(data, Mapping):
        raise CompileError([diagnose("W1004", "a graph is a JSON object")])
    if not valid_text:
        _refuse(_text_problems(data))
    schema = data.get("schema", SCHEMA)
    if schema != SCHEMA:
        raise CompileError(
            [
                diagnose(
                    "W1003",
                    f"{schema!r} is not a schema this version reads",
                    hint=f"use {SCHEMA!r}",
                )
            ]
        )
    try:
        doc = GraphDoc.model_validate(dict(data))
    except ValidationError as error:
        raise CompileError(_schema_problems(error, data)) from error
    if len(doc.nodes) > MAX_NODES:
        raise CompileError([diagnose("W4002", f"{len(doc.nodes)} nodes; {MAX_NODES} are allowed")])
    return doc


def _load(source: bytes | str) -> tuple[Any, bool]:
    """The document, and whether it is known that all text in it is valid."""
    size = len(source)
    if size > MAX_BYTES:
        raise CompileError(
            [diagnose("W1005", f"{size} bytes; {MAX_BYTES} are allowed", hint="split the workflow")]
        )
    try:
        text = source.decode() if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        raise CompileError([diagnose("W1001", f"byte {error.start} is not UTF-8")]) from error
    try:
        return orjson.loads(text), True
    except orjson.JSONDecodeError:
        return _load_slowly(text), False
    except UnicodeEncodeError as error:
        raise CompileError([diagnose("W1007", f"at character {error.start}")]) from error


def _load_slowly(text: str) -> Any:
    """The standard library reads what orjson refuses (lone surrogates, depth) or says why not."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise CompileError([diagnose("W1006", f"more than {MAX_DEPTH} levels")]) from error
    except json.JSONDecodeError as error:
        message = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise CompileError([diagnose("W1002", message)]) from error


def _depth_problems(data: Any) -> Iterator[Diagnostic]:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    yield diagnose("W1006", f"more than {MAX_DEPTH} levels")


def _children(item: Any) -> list[Any]:
    if isinstance(item, Mapping):
        return [child for child in item.values() if isinstance(child, Mapping | list)]
    if isinstance(item, list):
        return [child for child in item if isinstance(child, Mapping | list)]
    return []


def _text_problems(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for where, text in _texts(data, ""):
        if _SURROGATE.search(text):
            yield diagnose("W1007", f"in {where or 'the document'}", hint="send valid Unicode")


def _texts(item: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(item, str):
        yield where, item
    elif isinstance(item, Mapping):
        for key, child in item.items():
            yield where, key
            yield from _texts(child, f"{where}.{key}" if where else str(key))
    elif isinstance(item, list):
        for index, child in enumerate(item):
            yield from _texts(child, f"{where}[{index}]")


def _schema_problems(error: ValidationError, data: Mapping[str, Any]) -> list[Diagnostic]:
    return [
        diagnose("W1004", f"{_path(item['loc'])}: {item['msg']}", node=_node_at(item["loc"], data))
        for item in error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
    ]


def _path(loc: tuple[str | int, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".") or "document"


def _node_at(loc: tuple[str | int, ...], data: Mapping[str, Any]) -> str | None:
    """The id of the node that a problem's location lies in, where it can be told."""
    if len(loc) < 2 or loc[0] != "nodes" or not isinstance(loc[1], int):
        return None
    nodes = data.get("nodes")
    if (
        not isinstance(nodes, list)
        or loc[1] >= len(nodes)
        or not isinstance(nodes[loc[1]], Mapping)
    ):
        return None
    found = nodes[loc[1]].get("id")
    return found if isinstance(found, str) else None


def _refuse(problems: Iterator[Diagnostic]) -> None:
    found = list(problems)[:MAX_PROBLEMS]
    if found:
        raise CompileError(found)
