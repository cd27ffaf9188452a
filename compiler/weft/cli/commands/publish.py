"""`weft publish GRAPH`: a graph from a file, live on the running server."""

from typing import Any

import click

from weft.cli.exits import Exit
from weft.cli.futures_option import futures_option
from weft.cli.sources import name_of_graph, read_graph_object


@click.command()
@click.argument("graph")
@click.option("--message", default="", help="What has changed; kept with the version.")
@futures_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(graph: str, message: str, futures: int, as_json: bool) -> int:
    """Publish GRAPH (a file, a folder with graph.json, or - for stdin) on the running server.

    The workflow with the graph's id, else with its name, gets a new version; without one, it is
    created. A graph that is live already stays as it is.
    """
    from weft.cli.client import connect
    from weft.cli.report import show_json

    document = read_graph_object(graph)
    name = name_of_graph(document, graph)
    client = connect()
    workflow_id = _saved(client, document, name)
    path = f"/workflows/{workflow_id}"
    version = client.post(f"{path}/publish", {"change_message": message, "futures": futures})
    triggers = client.get(f"{path}/triggers")["items"]
    report = {
        "id": workflow_id,
        "name": name,
        "version": version["version"],
        "address": f"{client.url}/api/v1{path}",
        "webhooks": [client.url + item["hook"] for item in triggers if item["hook"]],
    }
    if as_json:
        show_json(report)
    else:
        _show(report)
    return Exit.OK


def _saved(client: Any, document: dict[str, Any], name: str) -> str:
    """The id of the workflow whose draft is the document now."""
    from weft.cli.server_workflows import find_workflow

    graph_id = document.get("id")
    found = find_workflow(client, graph_id) if isinstance(graph_id, str) and graph_id else None
    found = found or find_workflow(client, name)
    body = {"name": name, "description": document.get("description") or "", "graph": document}
    if found is None:
        return str(client.post("/workflows", body)["id"])
    client.put(f"/workflows/{found['id']}", {**body, "revision": found["revision"]})
    return str(found["id"])


def _show(report: dict[str, Any]) -> None:
    click.echo(f"{report['name']}, version {report['version']}")
    click.echo(f"  id       {report['id']}")
    click.echo(f"  address  {report['address']}")
    for address in report["webhooks"]:
        click.echo(f"  webhook  {address}")
