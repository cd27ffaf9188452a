"""Random graphs over the catalogue that authors draw from, with everything a graph can say."""

import random
from collections.abc import Iterable
from typing import Any

from weft.ir.flow import TOP
from weft.nodekit.node_type import NodeType
from weft.nodes.catalogue import NodeCatalogue
from weft.validation.growth import BACK, ITEM, Growth, Made, Socket
from weft.validation.real_configs import config_for
from weft.validation.real_expressions import BIG, RECORD, Sight
from weft.validation.real_values import any_value, record

_CATALOGUE = NodeCatalogue()
_WEIGHTS = {
    "input": 2, "set_fields": 10, "template": 4, "json_stringify": 2, "json_parse": 3, "filter": 4,
    "mapper": 4, "aggregate": 5, "if": 12, "switch": 7, "merge": 12, "for_each": 10, "delay": 3,
    "approval": 5, "log": 6, "http_request": 12, "code": 6, "llm_chat": 5,
    "stand_in": 2,
}  # fmt: skip
_STARTS = ("manual_trigger", "manual_trigger", "webhook_trigger", "schedule_trigger")
_MANY = ("merge", "aggregate")  # types with a port that takes many values
_INSTEAD: tuple[Any, ...] = (
    None, {"n": 3, "flag": True, "name": "left", "items": [1]}, [1, {"n": 2}], "none", 0,
    {"decision": "approved", "n": 1}, {"decision": "later"},
)  # fmt: skip


def _type(kind: str) -> NodeType[Any]:
    found = _CATALOGUE.find(kind)
    assert found is not None, kind
    return found


class _RealGrowth(Growth):
    def kind(self, depth: int) -> str:
        weights = {**_WEIGHTS, "for_each": _WEIGHTS["for_each"] if self.can_loop(depth) else 0}
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def sockets(self, kind: str) -> Iterable[Socket]:
        likes = 3 if kind in _MANY else 1
        return (Socket(p.name, p.kind, likes) for p in _type(kind).inputs if p.name != BACK)

    def is_loop(self, kind: str) -> bool:
        return kind == "for_each"

    def configure(self, node: Made, readable: list[Made]) -> None:
        node_type = _type(node.type)
        here = sum(made.size for made in node.sources)
        sight = Sight(self.dice, readable, node.scope, self.arriving(node, node_type, here))
        config, size = config_for(node.type, sight, here, not node.sources)
        node.fields["config"], node.size = config, size
        held = node_type.config.model_validate(config)
        node.outputs = {p.name: p.kind for p in node_type.output_ports(held) if p.name != ITEM}
        self.behave(node, can_fail=node_type.run is not None or self.is_loop(node.type))

    def arriving(self, node: Made, node_type: NodeType[Any], size: int) -> tuple[str, int] | None:
        """How an expression names what arrives."""
        if not node_type.inputs:
            return None
        name = node_type.inputs[0].name
        path = "input" if name == "input" else f"inputs.{name}"
        return (path + "[0]" if node.type in _MANY else path, size)

    def behave(self, node: Made, *, can_fail: bool) -> None:
        """Errors, retries and whether the node is switched off."""
        if can_fail:
            rule = self.dice.choices(["fail", "branch", "continue"], [6, 3, 2])[0]
            node.fields["on_error"] = rule
            if rule == "continue":
                node.fields["on_error_value"] = self.dice.choice(_INSTEAD)
            if self.chance(0.4):
                node.fields["retry"] = {"max_retries": self.dice.randint(0, 3)}
        if self.chance(0.05):
            node.fields["disabled"] = node.sealed = True

    def start(self) -> Made:
        """A trigger."""
        node = self.add(self.dice.choice(_STARTS), TOP)
        if node.type == "schedule_trigger":
            node.fields["config"] = {"cron": "0 9 * * 1-5"}
        node.outputs = {p.name: p.kind for p in _type(node.type).outputs}  # type: ignore[union-attr]
        node.size = RECORD
        return node

    def orphan(self, lone: Made, readable: list[Made]) -> None:
        """A node that nothing starts, and one behind it."""
        if lone.outputs:  # a trigger, then
            lone.fields["disabled"] = True
        else:
            self.configure(lone, readable)
        node = self.add("log", TOP)
        self.wire(lone, TOP, node.id, Socket("input"))
        self.configure(node, readable)

    def finish(self) -> dict[str, Any]:
        """Name results, add loose ends and variables, and write the document."""
        readable = [m for m in self.made.values() if m.scope == TOP]
        ends = [m for m in readable if m.outputs and m.size <= 2 * BIG]
        names = ["output", "output", "output", "webhook_response"]
        for kind in self.dice.sample(names, self.dice.choice([0, 1, 2, 3])):
            node = self.add(kind, TOP)
            self.wire(self.dice.choice(ends), TOP, node.id, Socket("input"))
            self.configure(node, readable)
        if self.chance(0.15):
            self.orphan(self.add("http_request", TOP), readable)
        if self.chance(0.1):
            self.orphan(self.start(), readable)
        box = {"n": 2, "name": "left", "flag": False, "items": [{"n": 1, "id": "b"}, 5]}
        variables = {"limit": self.dice.randint(1, 3), "names": ["left", "up"], "box": box}
        return self.document(variables=variables)


def real_graph(seed: int, size: int | None = None) -> dict[str, Any]:
    """A `weft/1` document over the catalogue with about `size` nodes (default 3 to 40)."""
    dice = random.Random(f"real graph {seed}")  # noqa: S311 - repeatable, not secret
    growth = _RealGrowth(dice, size or min(40, 3 + int(dice.expovariate(1 / 12))))
    starts = [growth.start() for _ in range(dice.choice([1, 1, 1, 2, 3]))]
    growth.grow(TOP, starts, [], growth.left, 0)
    return growth.finish()


def real_trigger(seed: int, graph: dict[str, Any]) -> dict[str, Any]:
    """An envelope that fires one of the graph's triggers."""
    dice = random.Random(f"real trigger {seed}")  # noqa: S311 - repeatable, not secret
    starts = sorted(
        (node["id"], node["type"])
        for node in graph["nodes"]
        if node["type"] in _STARTS and not node.get("disabled")
    )
    node, kind = dice.choice(starts)
    data = record(dice, "t") if dice.random() < 0.85 else any_value(dice, "t")
    envelope = {"node": node, "type": kind, "data": data, "timestamp": "2027-01-15T08:00:10Z"}
    if kind == "webhook_trigger":
        envelope |= {"headers": {"n": "1"}, "query": {"name": "left"}, "method": "POST"}
    return envelope
