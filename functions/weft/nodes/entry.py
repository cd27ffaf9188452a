"""One entry of the catalogue as JSON: what the API serves and the editor draws from."""

from dataclasses import asdict
from importlib import import_module
from typing import Any

from weft.domain.errors import Bug
from weft.ir.ports import Join, Port
from weft.nodekit.config import NodeConfig
from weft.nodekit.node_type import NodeType
from weft.nodes.dynamic_ports import PortsFromConfig, port_entry


def entry_of(module: str) -> dict[str, Any]:
    """`{name, version, module, title, description, category, icon, aliases, is_trigger, inputs,
    outputs, outputs_from, join, effect, group, needs, credentials, config}`.

    `inputs` and `outputs` list ports `{name, kind, required, many, gates, description}`; where the
    config decides, `outputs` has those that are always there and `outputs_from` says the rest (see
    `PortsFromConfig.rule`; else null). `join` is null where the config decides. `effect`: it runs
    in a runner of group `group`. `config` is a JSON Schema; in it
    `x-weft-template` marks fields that take `{{…}}`, `x-weft-expression` fields that are an
    expression, with the names it may use, and `x-weft-code` code in that language.
    """
    node = import_module(module).NODE
    if not isinstance(node, NodeType):
        raise Bug(f"{module}.NODE is no node type")
    outputs, rest = _outputs(node)
    return {
        "name": node.name,
        "version": node.version,
        "module": module,
        "title": node.title,
        "description": node.description,
        "category": node.category.value,
        "icon": node.icon,
        "aliases": list(node.aliases),
        "is_trigger": node.is_trigger,
        "inputs": [port_entry(port) for port in node.inputs],
        "outputs": [port_entry(port) for port in outputs],
        "outputs_from": rest,
        "join": node.join.value if isinstance(node.join, Join) else None,
        "effect": node.run is not None,
        "group": node.group,
        "needs": sorted(need.value for need in node.needs),
        "credentials": [asdict(kind) for kind in node.credentials],
        "config": _form(node.config),
    }


def _form(config: type[NodeConfig]) -> dict[str, Any]:
    """The JSON Schema with enumerations in place, so that a form finds a field's choices there."""
    schema = config.model_json_schema()
    shared: dict[str, Any] = schema.get("$defs", {})
    listed = {f"#/$defs/{name}": found for name, found in shared.items() if "enum" in found}
    made: dict[str, Any] = _inlined(schema, listed)
    kept = {name: form for name, form in made.pop("$defs", {}).items() if "enum" not in form}
    return {**made, "$defs": kept} if kept else made


def _inlined(schema: Any, listed: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, listed) for item in schema]
    if not isinstance(schema, dict):
        return schema
    known = listed.get(schema.get("$ref", ""), {})
    own = {key: _inlined(item, listed) for key, item in schema.items()}
    if known:
        del own["$ref"]
    return {**known, **own}


def _outputs(node: NodeType[Any]) -> tuple[tuple[Port, ...], dict[str, Any] | None]:
    if not callable(node.outputs):
        return node.outputs, None
    if not isinstance(node.outputs, PortsFromConfig):
        raise Bug(f"the outputs of {node.name} follow from its config: use PortsFromConfig")
    return node.outputs.always, node.outputs.rule()
