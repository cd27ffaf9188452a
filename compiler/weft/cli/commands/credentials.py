"""`weft credentials`: secrets go in by prompt or stdin, never by argument, and never come out."""

import sys
from typing import Any

import click

from weft.cli.exits import Exit


@click.group()
def command() -> None:
    """Add, list, test and remove credentials.

    They are kept encrypted; a graph names one by its id.
    """


@command.command("types")
def types() -> int:
    """List the types of credentials, with their fields."""
    from weft.cli.report import out, row, table
    from weft.cli.vault_access import open_vault

    made = table("type", "fields", "sent to")
    for kind in open_vault().types():
        fields = ", ".join(f["name"] + ("" if f["required"] else "?") for f in kind["fields"])
        row(made, kind["name"], fields, ", ".join(kind["hosts"]) or "hosts you name")
    out().print(made)
    return Exit.OK


@command.command("add")
@click.argument("type_name", metavar="TYPE")
@click.option("--name", help="What to call it; the type's name if left out.")
@click.option("--host", "hosts", multiple=True, help="May be sent to this host; repeat for more.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read {field: value} as JSON from stdin.")
def add(type_name: str, name: str | None, hosts: tuple[str, ...], from_stdin: bool) -> int:
    """Add a credential of TYPE (see `weft credentials types`); asks for each field."""
    from weft.cli.vault_access import open_vault

    vault = open_vault()
    kinds = {kind["name"]: kind for kind in vault.types()}
    if type_name not in kinds:
        known = ", ".join(sorted(kinds)) or "none"
        raise click.UsageError(f"there is no credential type {type_name!r}; there are {known}")
    fields = kinds[type_name]["fields"]
    values = _values_of_stdin() if from_stdin else _ask(fields)
    made = vault.add(name or type_name, type_name, values, list(hosts))
    click.echo(made["id"])
    return Exit.OK


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_all(as_json: bool) -> int:
    """List credentials; their secrets are never shown."""
    from weft.cli.report import out, row, show_json, table
    from weft.cli.vault_access import open_vault

    found = open_vault().stored()
    if as_json:
        show_json(found)
        return Exit.OK
    made = table("id", "name", "type", "hosts", "last used")
    for item in found:
        hosts = ", ".join(item["allowed_hosts"])
        row(made, item["id"], item["name"], item["type"], hosts, item["last_used_at"] or "never")
    out().print(made)
    return Exit.OK


@command.command("test")
@click.argument("credential")
def test(credential: str) -> int:
    """Say whether CREDENTIAL (id or name) can be opened and is complete."""
    from weft.cli.vault_access import open_vault

    vault = open_vault()
    outcome = vault.test(_id_of(vault.stored(), credential))
    click.echo(outcome["message"])
    return Exit.OK if outcome["ok"] else Exit.FAILED


@command.command("remove")
@click.argument("credential")
def remove(credential: str) -> int:
    """Remove CREDENTIAL (id or name) for good."""
    from weft.cli.vault_access import open_vault

    vault = open_vault()
    vault.remove(_id_of(vault.stored(), credential))
    return Exit.OK


def _id_of(found: list[dict[str, Any]], wanted: str) -> str:
    for item in found:
        if wanted in (item["id"], item["name"]):
            return str(item["id"])
    raise click.UsageError(f"there is no credential {wanted!r}; see `weft credentials list`")


def _values_of_stdin() -> dict[str, str]:
    import orjson

    try:
        values = orjson.loads(sys.stdin.buffer.read())
    except orjson.JSONDecodeError as error:
        raise click.UsageError("stdin holds no JSON object of fields") from error
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise click.UsageError("stdin must hold a JSON object whose values are text")
    return values


def _ask(fields: list[dict[str, Any]]) -> dict[str, str]:
    """Prompts for each field; on a pipe, one line per required field."""
    values: dict[str, str] = {}
    for item in fields:
        if not sys.stdin.isatty():
            line = sys.stdin.readline().rstrip("\n")
            if line:
                values[item["name"]] = line
            continue
        given = click.prompt(
            item["title"],
            hide_input=item["secret"],
            default=None if item["required"] else "",
            show_default=False,
            err=True,
        )
        if given:
            values[item["name"]] = given
    return values
