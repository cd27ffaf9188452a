"""Reads what a command line names: a graph (a file, an example or stdin) and a JSON input."""

import sys
from pathlib import Path
from typing import Any

import click
import orjson


def read_graph(name: str) -> bytes:
    """The document's bytes; `-` is stdin. Raises `UsageError` when there is no such file."""
    if name == "-":
        return sys.stdin.buffer.read()
    path = Path(name)
    if path.is_dir():
        path = path / "graph.json"
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read the graph {name}: {error.strerror}") from error


def read_graph_object(name: str) -> dict[str, Any]:
    """The document as JSON. Raises `UsageError` for what is no JSON object."""
    try:
        document = orjson.loads(read_graph(name))
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"the graph {name} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise click.UsageError(f"the graph {name} is not a JSON object")
    return document


def name_of_graph(document: dict[str, Any], source: str) -> str:
    """The document's own name, else that of the folder or file it came from."""
    own = document.get("name")
    if isinstance(own, str) and own:
        return own
    if source == "-":
        return "graph"
    path = Path(source).absolute()
    return path.parent.name if path.name == "graph.json" else path.stem


def read_input(given: str | None) -> Any:
    """The value of `--input`: JSON text, or the name of a JSON file, or `-` for stdin."""
    if given is None:
        return None
    text, source = _text_of(given)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.UsageError(f"{source} is not JSON: {error}") from error


def _text_of(given: str) -> tuple[bytes, str]:
    if given == "-":
        return sys.stdin.buffer.read(), "stdin"
    if given.lstrip()[:1] in tuple('{["') or given.strip() in ("null", "true", "false"):
        return given.encode(), "--input"
    path = Path(given)
    if not path.exists():
        # A bare number is JSON too; anything else was meant as a file.
        if given.strip().lstrip("-").replace(".", "", 1).isdigit():
            return given.encode(), "--input"
        raise click.UsageError(f"--input: there is no file {given}, and it is not JSON")
    try:
        return path.read_bytes(), given
    except OSError as error:
        raise click.UsageError(f"cannot read {given}: {error.strerror}") from error
