"""The running server's workflows, as people name them: by id or by name."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import click

from weft.cli.client import Client
from weft.domain.errors import NotFound


def find_workflow(client: Client, named: str) -> dict[str, Any] | None:
    """The workflow with that id, else the one with that name; None if there is none.

    Raises `UsageError` listing the ids where several have the name.
    """
    if _is_id(named):
        try:
            found: dict[str, Any] = client.get(f"/workflows/{named}")
        except NotFound:
            return None
        return found
    same = [item for item in client.every("/workflows", search=named) if item["name"] == named]
    if len(same) > 1:
        ids = ", ".join(item["id"] for item in same)
        raise click.UsageError(f"several workflows are named {named!r}; name one by its id: {ids}")
    return same[0] if same else None


def the_workflow(client: Client, named: str) -> dict[str, Any]:
    """The same, where there has to be one. Raises `UsageError`."""
    found = find_workflow(client, named)
    if found is None:
        raise click.UsageError(f"there is no workflow {named!r}; see `weft workflows`")
    return found


def names_of(client: Client, ids: Iterable[str]) -> dict[str, str]:
    """Name by id, for archived workflows too."""
    return {one: client.get(f"/workflows/{one}")["name"] for one in ids}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
