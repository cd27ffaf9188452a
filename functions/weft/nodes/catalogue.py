"""The catalogue of node types: found by name or alias, loaded one module at a time."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import orjson

from weft.domain.errors import Bug, PermanentStepError
from weft.nodekit import evaluation
from weft.nodekit.node_type import NodeType

# Steps that the compiler calls and no author draws.
_UNLISTED = {evaluation.NAME: "weft.nodes.evaluate"}


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    return tuple(orjson.loads(files("weft.nodes").joinpath("catalogue.json").read_bytes()))


@cache
def _modules() -> dict[str, str]:
    """Module by name and alias; a name comes before an alias."""
    found: dict[str, str] = {}
    for entry in _entries():
        found |= dict.fromkeys(entry["aliases"], entry["module"])
    return found | {entry["name"]: entry["module"] for entry in _entries()}


def load_entries() -> list[dict[str, Any]]:
    """The generated catalogue, as the API serves it. See `weft.nodes.entry` for its shape."""
    return list(_entries())


def load_node(name: str, version: int | None = None) -> NodeType[Any]:
    """The node type of that name or alias. Imports its module only.

    Raises `PermanentStepError` when there is none, or not in that version.
    """
    found = _node(_UNLISTED[name]) if name in _UNLISTED else NodeCatalogue().find(name)
    if found is None:
        raise PermanentStepError(f"there is no node type {name!r} here")
    if version is not None and found.version != version:
        raise PermanentStepError(
            f"{name} is here in version {found.version}, the workflow was published with version "
            f"{version}: publish it again"
        )
    return found


def _node(module: str) -> NodeType[Any]:
    found = import_module(module).NODE
    if not isinstance(found, NodeType):
        raise Bug(f"{module}.NODE is no node type")
    return found


class NodeCatalogue:
    """The compiler's view."""

    def find(self, name: str) -> NodeType[Any] | None:
        """The node type of that name or alias; None when there is none."""
        module = _modules().get(name)
        return None if module is None else _node(module)

    def names(self) -> tuple[str, ...]:
        """All names, in the catalogue's order, without aliases."""
        return tuple(entry["name"] for entry in _entries())


def render_catalogue() -> str:
    """The text of `catalogue.json`, made from the node modules themselves."""
    # Only the generator needs every module.
    from weft.nodes.entry import entry_of
    from weft.nodes.modules import node_modules

    entries = [entry_of(module) for module in node_modules()]
    text = orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode()
    return text + "\n"
