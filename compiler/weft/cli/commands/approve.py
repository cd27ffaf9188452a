"""`weft approve ID`: a person's decision, for the running server."""

from typing import Any

import click

from weft.cli.exits import Exit


@click.command()
@click.argument("approval_or_run", required=False)
@click.option("--decision", default="approved", show_default=True, help="One of the options.")
@click.option("--comment", default="", help="Kept with the decision.")
def command(approval_or_run: str | None, decision: str, comment: str) -> int:
    """Decide an approval, named by its own id or by the run that waits for it.

    Without an id: list what waits for a decision.
    """
    from weft.cli.client import connect

    client = connect()
    pending = list(client.every("/approvals"))
    if approval_or_run is None:
        _list(pending)
        return Exit.OK
    chosen = [a for a in pending if approval_or_run in (a["id"], a["run_id"])]
    if not chosen:
        raise click.UsageError(f"nothing waits for a decision under {approval_or_run}")
    if len(chosen) > 1:
        ids = ", ".join(item["id"] for item in chosen)
        raise click.UsageError(f"this run waits for several decisions; name one of {ids}")
    body = {"decision": decision, "comment": comment}
    client.post(f"/approvals/{chosen[0]['id']}/respond", body)
    click.echo(f"{decision}: {chosen[0]['title']}", err=True)
    return Exit.OK


def _list(pending: list[dict[str, Any]]) -> None:
    from weft.cli.report import out, row, table

    made = table("approval", "run", "node", "title", "options")
    for item in pending:
        row(
            made,
            item["id"],
            item["run_id"],
            item["node_id"],
            item["title"],
            ", ".join(item["options"]),
        )
    out().print(made)
