"""`weft run GRAPH`: one run, here and now, on the engine that a server would use."""

import asyncio
import sys
from typing import Any

import click

from weft.cli.called_files import read_called
from weft.cli.exits import Exit
from weft.cli.futures_option import futures_option
from weft.cli.sources import read_graph, read_input


@click.command()
@click.argument("graph")
@click.option("--input", "given", metavar="FILE|JSON", help="The trigger's data; - for stdin.")
@click.option("--trigger", metavar="NODE", help="Start at this trigger node.")
@click.option(
    "--decide", "decisions", multiple=True, metavar="NODE=CHOICE", help="Answer approvals."
)
@futures_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def command(
    graph: str,
    given: str | None,
    trigger: str | None,
    decisions: tuple[str, ...],
    futures: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run GRAPH (a file, a folder with graph.json, or - for stdin) in this terminal.

    Its data is kept in a temporary folder; credentials are those of your home. Exits with 0 only
    if the run completed; 1 if it failed, 2 if the graph is wrong, 130 if it was cancelled.
    """
    from weft.cli.one_run import Asked, run_once

    if graph == "-" and given == "-":
        raise click.UsageError("stdin can be the graph or the input, not both")
    asked = Asked(
        sources=read_called(graph, read_graph(graph)),
        data=_data_of(read_input(given)),
        trigger=trigger,
        decisions=_decisions_of(decisions),
        futures=futures,
        interactive=sys.stdin.isatty() and sys.stderr.isatty() and not as_json,
    )
    report = asyncio.run(run_once(asked, _view(quiet or as_json)))
    if as_json:
        from weft.cli.report import show_json

        show_json(report)
    else:
        _show(report)
    return {"completed": Exit.OK, "cancelled": Exit.CANCELLED}.get(report["status"], Exit.FAILED)


def _data_of(value: Any) -> Any:
    """No input is an empty object: what a manual start without a form sends."""
    return {} if value is None else value


def _decisions_of(given: tuple[str, ...]) -> dict[str, str]:
    decisions = {}
    for item in given:
        node, equals, choice = item.partition("=")
        if not (node and equals and choice):
            raise click.UsageError(f"--decide {item}: write NODE=CHOICE, as in review=approved")
        decisions[node] = choice
    return decisions


def _view(silent: bool) -> Any:
    from weft.cli.progress import Lines, LiveTable, Silent
    from weft.cli.report import err

    if silent:
        return Silent()
    console = err()
    return LiveTable(console) if console.is_terminal else Lines(console)


def _show(report: dict[str, Any]) -> None:
    import orjson

    from weft.cli.progress import duration
    from weft.cli.report import err, out

    console = err()
    look = {"completed": "green", "cancelled": "yellow"}.get(report["status"], "red")
    console.print(f"[{look}]{report['status']}[/] after {duration(report['duration_ms'])}")
    if report["error"]:
        error = report["error"]
        where = f"{error['node_id']}: " if error["node_id"] else ""
        console.print(f"{where}{error['type']}: {error['message']}", markup=False)
    if report["output"] is not None:
        text = orjson.dumps(report["output"], option=orjson.OPT_INDENT_2).decode()
        out().print(text, markup=False)
