"""`weft runs [RUN_ID]`: what has run, and how one run went."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from weft.cli.exits import Exit


@click.command()
@click.argument("run_id", required=False)
@click.option("--workflow", metavar="ID|NAME", help="Only runs of this workflow.")
@click.option("--status", help="Only runs with this status.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(
    run_id: str | None, workflow: str | None, status: str | None, limit: int, as_json: bool
) -> int:
    """List runs of the running server, or show RUN_ID with its steps."""
    from weft.cli.client import connect
    from weft.cli.report import show_json
    from weft.cli.server_workflows import names_of, the_workflow

    client = connect()
    if run_id is None:
        wanted = None if workflow is None else the_workflow(client, workflow)["id"]
        page = client.get("/runs", workflow_id=wanted, status=status, limit=limit)
        if as_json:
            show_json(page["items"])
        else:
            _list(page["items"], names_of(client, {run["workflow_id"] for run in page["items"]}))
        return Exit.OK
    run = client.get(f"/runs/{run_id}")
    steps = client.get(f"/runs/{run_id}/steps")
    steps = steps["items"] if isinstance(steps, dict) else steps
    if as_json:
        show_json({**run, "steps": steps})
    else:
        _show(run, steps)
    return Exit.OK


def _list(runs: list[dict[str, Any]], names: Mapping[str, str]) -> None:
    from weft.cli.report import out, row, table

    made = table("id", "status", "workflow", "version", "created")
    for run in runs:
        name = names[run["workflow_id"]]
        row(made, run["id"], run["status"], name, run["version"], run["created_at"])
    out().print(made)


def _show(run: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    import orjson

    from weft.cli.progress import duration
    from weft.cli.report import out, row, table

    console = out()
    console.print(f"run {run['id']}: {run['status']}", markup=False)
    if run.get("error"):
        error = run["error"]
        where = f"{error['node_id']}: " if error.get("node_id") else ""
        console.print(f"{where}{error['type']}: {error['message']}", markup=False)
    made = table("node", "status", "took", "attempts", "error")
    for name, group in _grouped(steps):
        took = [step["duration_ms"] for step in group if step["duration_ms"] is not None]
        problem = (group[0]["error"] or {}).get("message", "")
        attempts = sum(step["attempts"] for step in group)
        row(
            made, name, group[0]["status"], duration(sum(took) if took else None), attempts, problem
        )
    console.print(made)
    if run.get("output") is not None:
        text = orjson.dumps(run["output"], option=orjson.OPT_INDENT_2).decode()
        console.print(text, markup=False)


def _grouped(steps: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What to call a row, and its steps: those of a loop's node together, failed ones apart."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for step in steps:
        alone = step["path"] if step["error"] else ""
        groups.setdefault((step["node_id"], step["status"], alone), []).append(step)
    for (name, _, alone), group in groups.items():
        if alone:
            yield f"{name}[{alone}]", group
        else:
            yield (name if len(group) == 1 else f"{name} ×{len(group)}"), group
