"""Random graphs with races: of any graph, with races put into some of its edges.

The arms are chains, choices, loops and forks of their own, and may hold further races.
"""

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from weft.compiler.check.check import examine
from weft.domain.graph import GraphDoc
from weft.nodekit.catalogue import Catalogue
from weft.validation.shrink import Graph

_TRIES = 4
End = tuple[str, str]  # a node and its port


@dataclass(frozen=True, slots=True)
class Kinds:
    """A family's nodes by what they are used for: (type, config) by dice and node id."""

    race: tuple[str, dict[str, Any]]
    gather: tuple[str, dict[str, Any]]
    wait: Callable[[random.Random], tuple[str, dict[str, Any]]]
    call: Callable[[random.Random], tuple[str, dict[str, Any]]]
    choose: tuple[str, dict[str, Any]]
    each: tuple[str, dict[str, Any]]


def with_races(graph: Graph, seed: int, catalogue: Catalogue, kinds: Kinds) -> Graph:
    """The graph with races, if any can be put in it."""
    dice = random.Random(f"races {seed}")  # noqa: S311 - repeatable, not secret
    drawing = _Drawing(copy.deepcopy(graph), dice, kinds)
    for _ in range(_TRIES):
        before = copy.deepcopy(drawing.graph)
        drawing.attempt()
        found = examine(GraphDoc.model_validate(drawing.graph), catalogue)
        if found.flow is None:
            drawing.graph = before
    return drawing.graph


@dataclass(slots=True)
class _Drawing:
    graph: Graph
    dice: random.Random
    kinds: Kinds
    made: int = 0
    _rules: tuple[str, ...] = field(default=("fail", "fail", "continue"))

    def attempt(self) -> None:
        """A race in the middle of one edge."""
        edges = self.graph["edges"]
        if not edges:
            return
        into = self.dice.choice(edges)
        fork = (into["source"], into.get("source_port") or "output")
        race = self.add(self.kinds.race, on_error=self.dice.choice(self._rules))
        for _ in range(self.dice.choice([2, 2, 3])):
            end = fork
            for _ in range(self.dice.choice([1, 1, 2, 3])):
                end = self.part(end)
            self.lead(end, race, "input")
        into.update(source=race, source_port="output")

    def part(self, start: End) -> End:
        """One step of an arm, or a few that belong together."""
        match self.dice.choices(["call", "wait", "choose", "each", "fork"], [5, 4, 2, 1, 1])[0]:
            case "wait":
                return self.then(start, self.kinds.wait(self.dice))
            case "choose":
                return self.then(start, self.kinds.choose)[0], self.dice.choice(["true", "false"])
            case "each":
                each = self.then(start, self.kinds.each)[0]
                back = self.then((each, "item"), self.kinds.call(self.dice))
                self.lead(back, each, "back")
                return each, "done"
            case "fork":
                ends = [self.then(start, self.kinds.call(self.dice)) for _ in range(2)]
                gather = self.add(self.kinds.gather)
                for end in ends:
                    self.lead(end, gather, "input")
                return gather, "output"
            case _:
                return self.then(start, self.kinds.call(self.dice))

    def then(self, start: End, kind: tuple[str, dict[str, Any]]) -> End:
        """A node behind an end."""
        node = self.add(kind)
        self.lead(start, node, "input")
        return node, "output"

    def add(self, kind: tuple[str, dict[str, Any]], **more: Any) -> str:
        """A node more."""
        name = f"r{self.made}"
        self.made += 1
        self.graph["nodes"].append({"id": name, "type": kind[0], "config": dict(kind[1]), **more})
        return name

    def lead(self, start: End, target: str, port: str) -> None:
        """An edge more."""
        edges = self.graph["edges"]
        edges.append(
            {"id": f"re{len(edges)}-{target}", "source": start[0], "source_port": start[1],
             "target": target, "target_port": port}
        )  # fmt: skip


def _probe_call(dice: random.Random) -> tuple[str, dict[str, Any]]:
    return dice.choice(["probe_call", "probe_call", "probe_pure"]), {"value": dice.randint(0, 3)}


PROBE_KINDS = Kinds(
    race=("probe_race", {}),
    gather=("probe_append", {}),
    wait=lambda _: ("probe_sleep", {}),
    call=_probe_call,
    choose=("probe_if", {}),
    each=("probe_each", {}),
)
REAL_KINDS = Kinds(
    race=("merge", {"mode": "first"}),
    gather=("merge", {"mode": "append"}),
    wait=lambda dice: ("delay", {"seconds": dice.randint(1, 9)}),
    call=lambda dice: ("log", {"message": f"step {dice.randint(0, 9)}"}),
    choose=("if", {"condition": "input != null"}),
    each=("for_each", {}),
)
