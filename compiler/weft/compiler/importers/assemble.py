"""From a drawn graph to a `weft/1` document, and a report of what became of each node."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.compiler.diagnostics import diagnose
from weft.compiler.importers.conditions import condition_config, expression_text
from weft.compiler.importers.drawn import Drawn, DrawnEdge, DrawnNode
from weft.compiler.importers.kinds import NEAREST, candidates, field_of, port_of, spelled
from weft.compiler.importers.templates import Renamed, without_braces
from weft.domain.errors import Diagnostic
from weft.domain.graph import SCHEMA, Settings
from weft.nodekit.catalogue import Catalogue
from weft.nodekit.config import Formula
from weft.nodekit.node_type import NodeType

STAND_IN = "stand_in"
_SECRET = re.compile(
    r"api_?key|secret|token$|passw|authorization|bearer|private_?key|credentials?$"
)
_FOREIGN = re.compile(r"[^A-Za-z0-9_]+")
_YES = {"true": "true", "yes": "true", "false": "false", "no": "false"}
_MAX_NAME = 200


@dataclass(slots=True)
class Assembly:
    """One import. `document` and `report` are what comes of it."""

    drawn: Drawn
    catalogue: Catalogue
    report: list[Diagnostic] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _types: dict[str, NodeType[Any]] = field(default_factory=dict)
    _nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _edges: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> "Assembly":
        """Fill `document` and `report`."""
        nodes = self._named()
        kinds = {node.id: self._type(node) for node in nodes}
        self._types = {name: node_type for name, (_, node_type) in kinds.items()}
        renamed = Renamed(self._ids, self._names(), self._port_of)
        for node in nodes:
            self._node(node, kinds[node.id][0], renamed)
        for edge in self.drawn.edges:
            self._edge(edge, renamed)
        self._start()
        self.document = {
            "schema": SCHEMA,
            "name": self.drawn.name[:_MAX_NAME],
            "description": self.drawn.description[:10_000],
            "nodes": list(self._nodes.values()),
            "edges": [{"id": f"e{number}", **edge} for number, edge in enumerate(self._edges)],
            "variables": self._variables(),
            "settings": self._settings(),
        }
        return self

    def _say(self, code: str, message: str, node: str | None = None, hint: str = "") -> None:
        self.report.append(diagnose(code, message, node=node, hint=hint or None))

    def _named(self) -> list[DrawnNode]:
        """Ids of ours for all nodes; a second node of one id is kept under another."""
        taken: set[str] = set()
        kept = []
        for position, node in enumerate(self.drawn.nodes):
            given = node.id or node.name or f"node_{position + 1}"
            wanted = _FOREIGN.sub("_", given).strip("_")[:56] or f"node_{position + 1}"
            wanted = wanted if wanted[0].isalpha() else f"n_{wanted}"
            name, number = wanted, 1
            while name in taken:
                number += 1
                name = f"{wanted}_{number}"
            taken.add(name)
            if node.id in self._ids:
                self._say("W5001", f"a second node {node.id!r} is now {name}", name)
                node.id = name
            node.id = node.id or name
            self._ids[node.id] = name
            kept.append(node)
        return kept

    def _names(self) -> dict[str, str]:
        """Nodes by their display name, where one name means one node."""
        names = [node.name for node in self.drawn.nodes]
        return {
            node.name: node.id
            for node in self.drawn.nodes
            if node.name and names.count(node.name) == 1 and node.name not in self._ids
        }

    def _port_of(self, node: str, word: str) -> str | None:
        """What the type of a node calls an output; None where it has none of the kind."""
        node_type = self._types[node]
        ports = () if callable(node_type.outputs) else node_type.outputs
        found = port_of(node_type.name, word or "output")
        return found if found in [port.name for port in ports] and len(ports) > 1 else None

    def _node(self, drawn: DrawnNode, kind: str, renamed: Renamed) -> None:
        ours, node_type = self._ids[drawn.id], self._types[drawn.id]
        made: dict[str, Any] = {"id": ours, "type": node_type.name}
        if drawn.name:
            made["name"] = drawn.name[:_MAX_NAME]
        config = self._without_secrets(drawn.config, ours)
        if node_type.name == STAND_IN:
            made["config"] = self._stand_in(drawn, kind, config)
            hint = "replace the node; its settings are kept in it"
            self._say("W5002", f"there is no node type {kind!r} here", ours, hint)
        else:
            made["config"] = self._config(ours, node_type, config, renamed)
            self._compare(ours, drawn, kind, node_type)
        made["position"] = {axis: _number(drawn.position.get(axis)) for axis in ("x", "y")}
        if drawn.disabled:
            made["disabled"] = True
        self._nodes[drawn.id] = made

    def _type(self, drawn: DrawnNode) -> tuple[str, NodeType[Any]]:
        for kind in drawn.kinds:
            for name in candidates(kind):
                found = self.catalogue.find(name)
                if found is not None and found.name != STAND_IN:
                    return kind, found
        kind = drawn.kinds[0] if drawn.kinds else ""
        starts = any("trigger" in spelled(k) for k in drawn.kinds)
        found = self.catalogue.find("manual_trigger" if starts else STAND_IN)
        assert found is not None, "the catalogue has both"
        return kind, found

    def _stand_in(self, drawn: DrawnNode, kind: str, config: dict[str, Any]) -> dict[str, Any]:
        ports = [edge.source_port for edge in self.drawn.edges if edge.source == drawn.id]
        wanted = dict.fromkeys([*drawn.outputs, *(port for port in ports if port)])
        names = [name[:64] for name in wanted if spelled(name) not in ("output", "error")]
        return {"was": kind[:500], "settings": config, "ports": [{"name": name} for name in names]}

    def _compare(self, ours: str, drawn: DrawnNode, kind: str, node_type: NodeType[Any]) -> None:
        """Say where a node does the nearest thing, not the same."""
        if spelled(kind) in NEAREST:
            self._say("W5003", NEAREST[spelled(kind)], ours)
        elif node_type.is_trigger and not any(
            (found := self.catalogue.find(n)) is not None and found.is_trigger
            for k in drawn.kinds
            for n in candidates(k)
        ):
            self._say("W5003", f"{kind!r} is now a trigger that a person or a call starts", ours)

    def _without_secrets(self, config: Mapping[str, Any], node: str) -> dict[str, Any]:
        kept = {}
        for key, value in config.items():
            if _SECRET.search(spelled(key)) and isinstance(value, str) and "{{" not in value:
                if spelled(key) != "credential" and value:
                    hint = "add it as a credential and choose that in the node"
                    self._say("W5004", f"{key} was left out: it may be a secret", node, hint)
                continue
            kept[key] = self._without_secrets(value, node) if isinstance(value, dict) else value
        return kept

    def _config(
        self, node: str, node_type: NodeType[Any], given: Mapping[str, Any], renamed: Renamed
    ) -> dict[str, Any]:
        fields = node_type.config.model_fields
        made: dict[str, Any] = {}
        unknown = []
        if node_type.name == "if" and not {"condition", "conditions"} & set(map(spelled, given)):
            given = condition_config(given) or given
        for key, value in given.items():
            name = field_of(node_type.name, key)
            if name not in fields or (name in made and name != "combine"):
                unknown.append(key)
                continue
            formula = any(isinstance(mark, Formula) for mark in _marks(fields[name]))
            if name in ("condition", "conditions") and node_type.name == "if":
                found = condition_config(value)
                made |= {"condition": value} if found is None else found
            else:
                made[name] = expression_text(value) if formula and isinstance(value, str) else value
        for name, value in made.items():
            formula = name in fields and any(
                isinstance(mark, Formula) for mark in _marks(fields[name])
            )
            if formula and isinstance(value, str):
                made[name] = without_braces(renamed.expression, value)
            else:
                made[name] = renamed.value(value)
        if unknown:
            shown = ", ".join(sorted(unknown))
            self._say("W5005", f"left out, {node_type.name} has no such setting: {shown}", node)
        return made

    def _edge(self, edge: DrawnEdge, renamed: Renamed) -> None:
        ends = (edge.source, edge.target)
        if not all(end in self._nodes for end in ends):
            missing = next(end for end in ends if end not in self._nodes)
            self._say("W5006", f"an edge names {missing!r}, which is not there; it is left out")
            return
        source_type, target_type = (self._types[end] for end in ends)
        made: dict[str, Any] = {"source": self._ids[edge.source]}
        port, guard = self._way_out(edge, source_type)
        if port:
            made["source_port"] = port
        made["target"] = self._ids[edge.target]
        target_port = self._way_in(edge, target_type)
        if target_port:
            made["target_port"] = target_port
        if edge.label:
            made["label"] = edge.label[:200]
        if guard is None:
            self._edges.append(made)
        else:
            self._guarded(made, guard, renamed)

    def _way_out(
        self, edge: DrawnEdge, node_type: NodeType[Any]
    ) -> tuple[str | None, dict[str, Any] | None]:
        """`(port, condition on the edge)`."""
        names = self._outputs(edge.source, node_type)
        said = edge.condition
        if isinstance(said, Mapping):
            branch = said.get("branch", said.get("result", said.get("handle")))
            said = branch if branch is not None else said
        for word in (edge.source_port, said, edge.label):
            name = str(word).lower() if isinstance(word, bool) else word
            if isinstance(name, str) and (found := self._among(names, node_type, name)):
                return found, None
        port = names[0] if len(names) > 1 else None
        if port and edge.source_port:
            self._say(
                "W5007",
                f"{edge.source_port!r} is no output of it; the edge leaves from {port}",
                self._ids[edge.source],
            )
        if edge.condition in (None, "", {}, []):
            return port, None
        guard = condition_config(edge.condition)
        if guard is None:
            message = f"the condition of the edge to {edge.target} cannot be read: it never holds"
            self._say("W5008", message, self._ids[edge.source], "write it as an expression")
        return port, guard or {"condition": "false"}

    def _among(self, names: list[str], node_type: NodeType[Any], word: str) -> str | None:
        ours = port_of(node_type.name, word)
        for name in (word, ours, _YES.get(ours, "")):
            if name in names:
                return name
        return ours if ours == "error" and node_type.run is not None else None

    def _outputs(self, node: str, node_type: NodeType[Any]) -> list[str]:
        if not callable(node_type.outputs):
            return [port.name for port in node_type.outputs]
        try:
            config = node_type.config.model_validate(self._nodes[node]["config"])
        except ValueError:
            return []
        return [port.name for port in node_type.output_ports(config)]

    def _way_in(self, edge: DrawnEdge, node_type: NodeType[Any]) -> str | None:
        names = [port.name for port in node_type.inputs]
        if edge.target_port and (word := port_of(node_type.name, edge.target_port)) in names:
            return word
        return names[0] if len(names) > 1 else None

    def _start(self) -> None:
        """Where the document has no trigger, a person or a call starts what nothing leads to."""
        if any(node_type.is_trigger for node_type in self._types.values()):
            return
        behind = {edge["target"] for edge in self._edges}
        firsts = [n["id"] for n in self._nodes.values() if n["id"] not in behind]
        name = self._fresh("start")
        place = {"x": min(n["position"]["x"] for n in self._nodes.values()) - 200.0, "y": 0.0}
        self._nodes = {
            f"\0{name}": {"id": name, "type": "manual_trigger", "config": {}, "position": place},
            **self._nodes,
        }
        self._edges += [{"source": name, "target": first} for first in firsts]
        self._say("W5001", "it had no trigger: a person or a call starts it", name)

    def _fresh(self, wanted: str) -> str:
        """An id that no node has."""
        taken = {node["id"] for node in self._nodes.values()}
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def _guarded(self, made: dict[str, Any], guard: dict[str, Any], renamed: Renamed) -> None:
        """A condition on an edge is an `if` between its ends."""
        name = self._fresh(f"{made['source'][:40]}_to_{made['target'][:16]}")
        ends = [
            node["position"] for node in self._nodes.values()
            if node["id"] in (made["source"], made["target"])
        ]  # fmt: skip
        place = {axis: sum(end[axis] for end in ends) / len(ends) for axis in ("x", "y")}
        for key, value in guard.items():
            if key == "condition":
                guard = {**guard, key: without_braces(renamed.expression, value)}
            else:
                guard = {**guard, key: renamed.value(value)}
        self._nodes[f"\0{name}"] = {"id": name, "type": "if", "config": guard, "position": place}
        into = {"source": made["source"], "target": name}
        if "source_port" in made:
            into["source_port"] = made["source_port"]
        out = {key: made[key] for key in made if key not in ("source", "source_port")}
        self._edges += [into, {"source": name, "source_port": "true", **out}]
        self._say("W5001", f"the condition of the edge to {made['target']} is now a node", name)

    def _variables(self) -> dict[str, Any]:
        found = {}
        for name, value in self.drawn.variables.items():
            ours = _FOREIGN.sub("_", name).strip("_")
            if not ours or _SECRET.search(spelled(name)):
                hint = "keep secrets as credentials"
                self._say("W5004", f"the variable {name} was left out", hint=hint)
                continue
            found[ours if not ours[0].isdigit() else f"v_{ours}"] = value
        return found

    def _settings(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        unknown = []
        for key, value in self.drawn.settings.items():
            name = spelled(key)
            one = {name: value}
            try:
                Settings.model_validate(one)
            except ValueError:
                unknown.append(key)
                continue
            found |= one
        if unknown:
            self._say("W5005", f"settings left out: {', '.join(sorted(unknown))}")
        return found


def _marks(info: Any) -> Iterator[Any]:
    """The annotations of a field, also where it may be null."""
    yield from info.metadata
    for inner in getattr(info.annotation, "__args__", ()):
        yield from getattr(inner, "__metadata__", ())


def _number(value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and abs(value) < 1e9 else 0.0
