"""Random graphs of probes in layers: many of their orders are not series-parallel.

Each node waits for one to three nodes of the layer before, by its edges or by what it reads, so
that chains side by side need a part of each other. A graph follows from its seed and size alone.
"""

import random
from typing import Any

from weft.validation.growth import SETTINGS

_ONE_INPUT = {"probe_call": 10, "probe_call_native": 2, "probe_sleep": 1}
_TWO_INPUTS = {"probe_call_strict": 3, "probe_call_any": 3}
_OUTPUTS = {"probe_if": ("true", "false"), "probe_route": ("left", "right")}


def crossing_graph(seed: int, size: int | None = None) -> dict[str, Any]:
    """A `weft/1` document over `probes.TYPES` of about `size` nodes (default 15 to 26)."""
    made = _Layers(random.Random(f"crossing {seed}"))  # noqa: S311 - repeatable, not secret
    made.grow(size or made.dice.randint(15, 26))
    return {
        "schema": "weft/1", "id": "random", "name": "random", "settings": SETTINGS,
        "nodes": made.nodes, "edges": made.edges,
    }  # fmt: skip


class _Layers:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.nodes: list[dict[str, Any]] = [{"id": "start", "type": "probe_start"}]
        self.edges: list[dict[str, Any]] = []
        self.types = {"start": "probe_start"}
        self.decide = dice.random() < 0.7  # else nothing is ever skipped

    def grow(self, size: int) -> None:
        """Layers of two to four nodes until there are enough."""
        last = ["start"]
        while len(self.nodes) < size:
            width = self.dice.randint(2, 4)
            last = [self.node(last) for _ in range(width)]

    def node(self, last: list[str]) -> str:
        """A node that waits for some of the layer before."""
        name = f"n{len(self.nodes)}"
        sources = self.dice.sample(last, min(len(last), self.dice.choice([1, 1, 2, 2, 3])))
        kinds = dict(_TWO_INPUTS if len(sources) > 1 and self.dice.random() < 0.5 else _ONE_INPUT)
        if self.decide:
            kinds |= {"probe_if": 2, "probe_route": 1} if kinds.keys() == _ONE_INPUT.keys() else {}
        kind = self.dice.choices(list(kinds), list(kinds.values()))[0]
        node: dict[str, Any] = {"id": name, "type": kind}
        ports = ("left", "right") if kind in _TWO_INPUTS else ("input",)
        for port, source in zip(ports, sources, strict=False):
            self.wire(source, name, port)
        read = sources[len(ports) :]
        if read:
            node["config"] = {"value": [f"{{{{{other}.output.id}}}}" for other in read]}
        if kind.startswith("probe_call") and self.dice.random() < 0.3:
            node["on_error"] = "continue"
            node["on_error_value"] = {"n": 3, "flag": True, "name": "left", "items": [1]}
        self.nodes.append(node)
        self.types[name] = kind
        return name

    def wire(self, source: str, target: str, port: str) -> None:
        """An edge from one of the source's outputs."""
        out = self.dice.choice(_OUTPUTS.get(self.types[source], ("output",)))
        self.edges.append(
            {
                "id": f"e{len(self.edges)}", "source": source, "source_port": out,
                "target": target, "target_port": port,
            }
        )  # fmt: skip
