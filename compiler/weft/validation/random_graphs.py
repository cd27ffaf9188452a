"""Random graphs of probes: any wiring a person could draw that the language allows.

A graph follows from its seed and size alone. Smaller sizes give simpler graphs, so that a failure
found on a large one is looked for again on small ones.
"""

import random
from collections.abc import Iterable
from typing import Any

from weft.ir.flow import TOP, FlowNode
from weft.ir.ops import Invoke
from weft.ir.ports import Kind
from weft.validation.growth import Growth, Made, Socket
from weft.validation.probes import FIELDS

_SINGLE = (Socket("input"),)
_TWO = (Socket("left"), Socket("right"))
_SOME, _MANY = (Socket("input", likes=2),), (Socket("input", likes=3),)
_INPUTS: dict[str, tuple[Socket, ...]] = {
    "probe_first": _MANY,
    "probe_append": _MANY,
    "probe_all": _MANY,
    "probe_call_strict": _TWO,
    "probe_call_any": _TWO,
    "probe_call_all": _MANY,
    "probe_call_always": _SOME,
    "probe_call_optional": (Socket("input"), Socket("extra")),
}
_OUTPUTS: dict[str, tuple[str, ...]] = {
    "probe_pair": ("left", "right"),
    "probe_if": ("true", "false"),
    "probe_if_value": ("true", "false"),
    "probe_call_two": ("left", "right"),
    "probe_route": ("left", "right"),
    "probe_ask": ("left", "right", "timeout"),
    "probe_each": ("done",),
    "probe_result": (),
    "probe_respond": (),
}
_WEIGHTS = {
    "probe_pure": 10, "probe_pair": 2, "probe_if": 10, "probe_if_value": 3, "probe_switch": 6,
    "probe_first": 6, "probe_append": 5, "probe_all": 2, "probe_sleep": 3, "probe_call": 26,
    "probe_call_native": 6,
    "probe_call_two": 2, "probe_call_strict": 4, "probe_call_any": 4, "probe_call_all": 2,
    "probe_call_always": 2, "probe_call_optional": 3, "probe_route": 3, "probe_ask": 3,
    "probe_each": 6,
}  # fmt: skip
_CALLS = ("probe_call", "probe_route", "probe_ask")


class _ProbeGrowth(Growth):
    def kind(self, depth: int) -> str:
        weights = {**_WEIGHTS, "probe_each": _WEIGHTS["probe_each"] if self.can_loop(depth) else 0}
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def sockets(self, kind: str) -> Iterable[Socket]:
        return _INPUTS.get(kind, _SINGLE)

    def is_loop(self, kind: str) -> bool:
        return kind == "probe_each"

    def configure(self, node: Made, readable: list[Made]) -> None:
        outputs = _OUTPUTS.get(node.type, ("output",))
        if node.type == "probe_switch":
            names = ("one", "two", "three")[: self.dice.randint(1, 3)]
            default = self.chance(0.7)
            node.config.update(ports=list(names), default=default, every_match=self.chance(0.4))
            outputs = (*names, "default") if default else names
        node.outputs = dict.fromkeys(outputs, Kind.ANY)
        value = self.value(node.type, [made.id for made in readable], node.scope)
        if value is not None:
            node.config["value"] = value
        if node.type == "probe_each":
            node.config["concurrency"] = self.dice.randint(0, 3)
            if self.chance(0.3):
                node.config["skip_failed"] = True
        self.behave(node)

    def value(self, kind: str, readable: list[str], scope: str) -> Any:
        """A config value: nothing, a constant, or templates that read other nodes."""
        if kind == "probe_each" and self.chance(0.5):
            return None
        choices = [None, self.dice.randint(0, 4), [0, None, {"n": 2}], {"n": 1, "flag": True}]
        if not self.chance(0.55):
            lists = [[1, {"n": 2}], [1, {"n": 2}], {"n": 2}, 5, [], [[1], []]]
            return self.dice.choice(lists if kind == "probe_each" else choices)
        paths = [f"{other}.output" for other in readable] + ["trigger.data"]
        if scope != TOP:
            paths += ["loop.item", "loop.item", scope + ".item"]
        path = self.dice.choice(paths)
        if kind == "probe_each":
            return "{{" + path + ".items}}"
        if kind == "probe_if_value":
            return "{{" + path + "." + self.dice.choice(["flag", "n"]) + "}}"
        one = "{{" + path + self.dice.choice(["", *(f".{name}" for name in FIELDS)]) + "}}"
        return self.dice.choice([one, {"n": one, "at": "{{loop.index}}"} if scope else one])

    def behave(self, node: Made) -> None:
        """Errors, retries and whether the node is switched off."""
        if node.type.startswith(_CALLS) or node.type == "probe_each":
            rule = self.dice.choices(["fail", "branch", "continue"], [6, 3, 2])[0]
            node.fields["on_error"] = rule
            if rule == "continue":
                values = [None, {"n": 3, "flag": True, "name": "left", "items": [1]}, [1]]
                node.fields["on_error_value"] = self.dice.choice(values)
        if node.type.startswith(_CALLS) and self.chance(0.5):
            node.fields["retry"] = {"max_retries": self.dice.randint(0, 3), "interval_seconds": 1}
        if node.type in ("probe_call", "probe_pure", "probe_sleep") and self.chance(0.04):
            node.fields["disabled"] = True

    def finish(self) -> dict[str, Any]:
        """Name results, add loose ends, and write the document."""
        ends = [m for m in self.made.values() if m.scope == TOP and m.outputs]
        if self.chance(0.6):
            for kind in self.dice.choices(["probe_result", "probe_respond"], [4, 1], k=2):
                source = self.dice.choice(ends)
                node = self.add(kind, TOP)
                self.wire(source, TOP, node.id, _SINGLE[0])
        if self.chance(0.15):
            lone, other = self.add("probe_call", TOP), self.add("probe_pure", TOP)
            self.configure(lone, [])
            self.wire(lone, TOP, other.id, _SINGLE[0])
        return self.document()


def random_graph(seed: int, size: int | None = None) -> dict[str, Any]:
    """A `weft/1` document over `probes.TYPES` with about `size` nodes (default 3 to 40)."""
    dice = random.Random(f"graph {seed}")  # noqa: S311 - repeatable, not secret
    growth = _ProbeGrowth(dice, size or min(40, 3 + int(dice.expovariate(1 / 12))))
    starts = [growth.add("probe_start", TOP) for _ in range(dice.choice([1, 1, 1, 2]))]
    for start in starts:
        start.outputs = {"output": Kind.ANY}
    growth.grow(TOP, starts, [], growth.left, 0)
    return growth.finish()


def random_trigger(seed: int, graph: dict[str, Any]) -> dict[str, Any]:
    """An envelope that fires one of the graph's triggers with a record."""
    dice = random.Random(f"trigger {seed}")  # noqa: S311 - repeatable, not secret
    starts = sorted(n["id"] for n in graph["nodes"] if n["type"] == "probe_start")
    return {"node": dice.choice(starts), "type": "probe_start", "data": random_record(dice, "t")}


def random_record(dice: random.Random, name: str) -> dict[str, Any]:
    """What flows: fields that decisions, switches and for-each nodes look at."""
    return {
        "id": name,
        "n": dice.randint(0, 4),
        "flag": dice.choice([True, False]),
        "items": [
            {
                "id": f"{name}/{k}",
                "n": dice.randint(0, 4),
                "flag": dice.random() < 0.5,
                "items": [k],
            }
            for k in range(dice.choice([0, 1, 2, 2, 3]))
        ],
        "name": dice.choice(["left", "right", "neither"]),
    }


def random_answers(dice: random.Random, node: FlowNode, named: str) -> dict[str, Any]:
    """A record at every port."""
    assert isinstance(node.op, Invoke)
    return {port: random_record(dice, f"{named}.{port}") for port in node.op.outputs}
