"""`weft start WORKFLOW`: a run on the running server."""

from typing import Any

import click

from weft.cli.exits import Exit
from weft.cli.sources import read_input

_ENDED = {"completed": Exit.OK, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}


@click.command()
@click.argument("workflow", metavar="ID|NAME")
@click.option("--input", "given", metavar="FILE|JSON", help="The trigger's data; - for stdin.")
@click.option("--trigger", metavar="NODE", help="Start at this trigger node.")
@click.option(
    "--wait", type=click.FloatRange(0, 60), default=0, help="Seconds to wait for the end."
)
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def command(
    workflow: str, given: str | None, trigger: str | None, wait: float, as_json: bool
) -> int:
    """Start a run of the published workflow ID|NAME on the running server; prints the run's id.

    With --wait: prints what a run that ended in time gave instead, and exits as `weft run` does.
    """
    from weft.cli.client import connect
    from weft.cli.report import show_json
    from weft.cli.server_workflows import the_workflow

    data = {} if given is None else read_input(given)
    client = connect()
    found = the_workflow(client, workflow)
    body = {"input": data, "trigger": trigger, "wait": wait}
    run = client.post(f"/workflows/{found['id']}/execute", body)
    if as_json:
        show_json(run)
    else:
        _show(run)
    return _ENDED.get(run["status"], Exit.OK)


def _show(run: dict[str, Any]) -> None:
    from weft.cli.report import err, show_json

    if run["status"] not in _ENDED:
        click.echo(run["id"])
        return
    err().print(f"run {run['id']}: {run['status']}", markup=False)
    if run["error"]:
        err().print(f"{run['error']['type']}: {run['error']['message']}", markup=False)
    if run["output"] is not None:
        show_json(run["output"])
