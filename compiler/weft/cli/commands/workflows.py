"""`weft workflows`: what the running server holds."""

import click

from weft.cli.exits import Exit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(as_json: bool) -> int:
    """List the workflows of the running server."""
    from weft.cli.client import connect
    from weft.cli.report import out, row, show_json, table

    found = list(connect().every("/workflows"))
    if as_json:
        show_json(found)
        return Exit.OK
    made = table("id", "name", "version", "active", "updated")
    for item in found:
        active = "yes" if item["is_active"] else "no"
        version = item["published_version"] or "draft"
        row(made, item["id"], item["name"], version, active, item["updated_at"])
    out().print(made)
    return Exit.OK
