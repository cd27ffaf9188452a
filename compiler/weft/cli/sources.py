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
