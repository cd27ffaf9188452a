"""Random graphs of probes: any wiring a person could draw that the language allows.

A graph follows from its seed and size alone. Smaller sizes give simpler graphs, so that a failure
found on a large one is looked for again on small ones.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from weft.validation.probes import FIELDS

TOP = ""
_SINGLE = {"input": 1}
_TWO = {"left": 1, "right": 1}
_INPUTS: dict[str, dict[str, int]] = {  # per type: input ports, and how many edges they like
    "probe_first": {"input": 3},
    "probe_append": {"input": 3},
    "probe_all": {"input": 3},
    "probe_call_strict": _TWO,
    "probe_call_any": _TWO,
    "probe_call_all": {"input": 3},
    "probe_call_always": {"input": 2},
    "probe_call_optional": {"input": 1, "extra": 1},
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
    "probe_first": 6, "probe_append": 5, "probe_all": 2, "probe_sleep": 3, "probe_call": 32,
    "probe_call_two": 2, "probe_call_strict": 4, "probe_call_any": 4, "probe_call_all": 2,
    "probe_call_always": 2, "probe_call_optional": 3, "probe_route": 3, "probe_ask": 3,
    "probe_each": 6,
}  # fmt: skip
_CALLS = ("probe_call", "probe_route", "probe_ask")
# Far beyond what retries and waits of the largest graph add up to: graphs never time out.
_SETTINGS = {"timeout_seconds": 30_000_000, "node_timeout_seconds": 900}


@dataclass(slots=True)
class _Made:
    """A node so far: `taken` counts the edges that leave it."""

    id: str
    type: str
    scope: str
    outputs: tuple[str, ...]
    fields: dict[str, Any]
    taken: int = 0
    caught: bool = False


@dataclass(slots=True)
class _Growth:
    dice: random.Random
    left: int
    made: dict[str, _Made] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)

    def chance(self, of: float) -> bool:
        return self.dice.random() < of

    def add(self, kind: str, scope: str, **config: Any) -> _Made:
        outputs = _OUTPUTS.get(kind, ("output",))
        if kind == "probe_switch":
            config |= {
                "ports": ["one", "two", "three"][: self.dice.randint(1, 3)],
                "default": self.chance(0.7),
                "every_match": self.chance(0.4),
            }
            outputs = (*config["ports"], *(["default"] if config["default"] else []))
        fields: dict[str, Any] = {"config": {k: v for k, v in config.items() if v is not None}}
        made = _Made(f"n{len(self.made)}", kind, scope, outputs, fields)
        self.made[made.id] = made
        self.left -= 1
        return made

    def grow(self, scope: str, roots: list[_Made], seen: list[str], size: int, depth: int) -> None:
        """Fill a scope with `size` nodes, fed by `roots`; `seen` outside may be referred to."""
        here = list(roots)
        for _ in range(size):
            if self.left <= 0:
                break
            kind = self.kind(depth)
            readable = [*seen, *(m.id for m in here if m.id != scope)]
            node = self.add(kind, scope, value=self.value(kind, readable, scope))
            self.behave(node)
            for port, likes in _INPUTS.get(kind, _SINGLE).items():
                self.feed(node, port, here, likes)
            here.append(node)
            if kind == "probe_each":
                self.body(node, readable, depth)
        if scope != TOP:
            self.close(scope, [m for m in here if m.id != scope])

    def body(self, each: _Made, seen: list[str], depth: int) -> None:
        each.fields["config"]["concurrency"] = self.dice.randint(0, 3)
        if self.chance(0.3):
            each.fields["config"]["skip_failed"] = True
        self.grow(each.id, [each], seen, self.dice.randint(1, 5), depth + 1)

    def close(self, scope: str, body: list[_Made]) -> None:
        """Wire some of a body back to its for-each."""
        count = self.dice.choice([1, 1, 1, 1, 2, 2])
        for source in self.dice.sample(body, min(count, len(body))):
            if source.outputs:
                self.wire(source, source.scope, scope, "back")

    def kind(self, depth: int) -> str:
        weights = {**_WEIGHTS, "probe_each": _WEIGHTS["probe_each"] if depth < 2 else 0}
        if self.left < 2:
            weights["probe_each"] = 0  # a body takes at least one node
        return self.dice.choices(list(weights), list(weights.values()))[0]

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

    def behave(self, node: _Made) -> None:
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

    def feed(self, node: _Made, port: str, here: list[_Made], likes: int) -> None:
        """Wire one input port from one node or several, mostly near ones."""
        sources = [m for m in here if m.outputs or m.id == node.scope]
        for _ in range(self.dice.randint(1, likes) if self.chance(0.85) else 2):
            fresh = [m for m in sources if m.taken == 0]
            pool = fresh if fresh and self.chance(0.45) else sources
            near = pool[-4:] if self.chance(0.7) else pool
            self.wire(self.dice.choice(near), node.scope, node.id, port)

    def wire(self, source: _Made, scope: str, target: str, target_port: str) -> None:
        if source.id == scope:
            port = "item"
        elif source.fields.get("on_error") == "branch" and (not source.caught or self.chance(0.3)):
            port = "error" if source.taken or self.chance(0.4) else self.output(source)
        else:
            port = self.output(source)
        source.taken += 1
        source.caught = source.caught or port == "error"
        edge: dict[str, Any] = {"source": source.id, "source_port": port, "target": target}
        edge["target_port"] = target_port
        if any(all(old[k] == v for k, v in edge.items()) for old in self.edges):
            return
        edge["order"] = self.dice.choice([0, 0, 0, 1, 2])
        self.edges.append(edge)

    def output(self, source: _Made) -> str:
        fresh = [p for p in source.outputs if not self._used(source.id, p)]
        return self.dice.choice(fresh if fresh and self.chance(0.6) else source.outputs)

    def _used(self, source: str, port: str) -> bool:
        return any(e["source"] == source and e["source_port"] == port for e in self.edges)

    def finish(self) -> dict[str, Any]:
        """Name results, add loose ends, and write the document."""
        ends = [m for m in self.made.values() if m.scope == TOP and m.outputs]
        if self.chance(0.6):
            for kind in self.dice.choices(["probe_result", "probe_respond"], [4, 1], k=2):
                source = self.dice.choice(ends)
                node = self.add(kind, TOP)
                self.wire(source, TOP, node.id, "input")
        if self.chance(0.15):
            lone, other = self.add("probe_call", TOP), self.add("probe_pure", TOP)
            self.wire(lone, TOP, other.id, "input")
        for made in self.made.values():
            if made.fields.get("on_error") == "branch" and not made.caught:
                made.fields["on_error"] = "fail"
        nodes = [{"id": m.id, "type": m.type, **m.fields} for m in self.made.values()]
        self.dice.shuffle(nodes)
        edges = [dict(edge, id=f"e{k}") for k, edge in enumerate(self.edges)]
        document = {"schema": "weft/1", "id": "random", "name": "random"}
        return {**document, "nodes": nodes, "edges": edges, "settings": _SETTINGS}


def random_graph(seed: int, size: int | None = None) -> dict[str, Any]:
    """A `weft/1` document over `probes.TYPES` with about `size` nodes (default 3 to 40)."""
    dice = random.Random(f"graph {seed}")  # noqa: S311 - repeatable, not secret
    growth = _Growth(dice, size or min(40, 3 + int(dice.expovariate(1 / 12))))
    starts = [growth.add("probe_start", TOP) for _ in range(dice.choice([1, 1, 1, 2]))]
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
