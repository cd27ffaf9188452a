"""`weft nodes [TYPE]`: the palette in the terminal."""

import difflib
from typing import Any

import click

from weft.cli.exits import Exit


@click.command()
@click.argument("node_type", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print catalogue entries as JSON.")
def command(node_type: str | None, as_json: bool) -> int:
    """List the node types, or show the ports and config of NODE_TYPE."""
    from weft.cli.report import show_json
    from weft.nodes.catalogue import load_entries

    entries = {entry["name"]: entry for entry in load_entries()}
    if node_type is None:
        if as_json:
            show_json(list(entries.values()))
        else:
            _list(entries)
        return Exit.OK
    known = {alias: e["name"] for e in entries.values() for alias in e.get("aliases", ())}
    name = known.get(node_type, node_type)
    if name not in entries:
        near = difflib.get_close_matches(node_type, [*entries, *known], n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see `weft nodes`"
        raise click.UsageError(f"there is no node type {node_type!r}{hint}")
    if as_json:
        show_json(entries[name])
    else:
        _show(entries[name])
    return Exit.OK


def _list(entries: dict[str, dict[str, Any]]) -> None:
    from weft.cli.report import out, row, table

    made = table("type", "category", "what it does")
    for entry in sorted(entries.values(), key=lambda e: (e["category"], e["name"])):
        row(made, entry["name"], entry["category"], entry["description"])
    out().print(made)


def _show(entry: dict[str, Any]) -> None:
    from weft.cli.report import out, row, table

    console = out()
    console.print(f"{entry['name']} (version {entry['version']}): {entry['title']}", markup=False)
    console.print(entry["description"], markup=False)
    for side in ("inputs", "outputs"):
        names = [f"{port['name']} ({port['kind']})" for port in entry[side]]
        if side == "outputs" and entry["outputs_from"]:
            names.append("more by config")
        console.print(f"{side}: {', '.join(names) or 'none'}", markup=False)
    made = table("config", "type", "default", "")
    for name, field in entry["config"].get("properties", {}).items():
        required = name in entry["config"].get("required", ())
        default = "required" if required else field.get("default", "")
        row(made, name, _type_of(field), default, field.get("description", ""))
    console.print(made)


def _type_of(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " | ".join(_type_of(option) for option in field["anyOf"])
    return str(field.get("type") or field.get("$ref", "any").rsplit("/", 1)[-1])
