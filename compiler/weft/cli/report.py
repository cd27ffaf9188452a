"""How results and problems look in a terminal. Results go to stdout, all else to stderr."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from weft.domain.errors import Diagnostic, Severity

_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_PIPE_WIDTH = 10_000
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def out() -> Console:
    """For results. Where they go into a pipe, a line is as long as it has to be."""
    console = Console(highlight=False, soft_wrap=True)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def err() -> Console:
    """For progress and problems."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show_json(value: Any) -> None:
    """One JSON document on stdout, nothing else."""
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    print(data.decode(), end="", flush=True)


def diagnostics_as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Plain objects, in the order of the list."""
    return [asdict(item) for item in diagnostics]


def show_diagnostics(diagnostics: Sequence[Diagnostic], console: Console | None = None) -> None:
    """Each problem with its place and hint, errors first, and how many there are."""
    console = console or err()
    for item in sorted(diagnostics, key=lambda d: _ORDER[d.severity]):
        style = _STYLE[item.severity]
        what = escape(_place(item) + item.title)
        console.print(f"[{style}]{item.severity.value} {item.code}[/] {what}")
        console.print(f"    {escape(item.message)}")
        if item.hint:
            console.print(f"    [dim]hint: {escape(item.hint)}[/]")
    console.print(_count(diagnostics))


def _place(item: Diagnostic) -> str:
    if item.node is None:
        return ""
    return f"{item.node}: " if item.port is None else f"{item.node}.{item.port}: "


def _count(diagnostics: Sequence[Diagnostic]) -> str:
    counts = [
        f"{number} {severity.value}{'' if number == 1 else 's'}"
        for severity in Severity
        if (number := sum(item.severity is severity for item in diagnostics))
    ]
    return ", ".join(counts) if counts else "no problems"


def table(*columns: str) -> Table:
    """A plain table; add rows of text, which may hold any character."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        # The first column is what one copies into the next command.
        made.add_column(column, overflow="fold", no_wrap=number == 0)
    return made


def row(made: Table, *cells: object) -> None:
    """Adds a row in which no cell is markup."""
    made.add_row(*(escape("" if cell is None else str(cell)) for cell in cells))
