"""Random graphs with calls: in any graph some nodes are made to run workflows, random ones too.

What a call names follows from its name alone: a workflow of the same family, which may call others.
"""

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from weft.compiler.check.check import examine
from weft.domain.graph import GraphDoc
from weft.nodekit.catalogue import Catalogue
from weft.validation.shrink import Graph

_DEPTH = 2  # a workflow that is called may call one that calls none
_SIZE = 6
_RULES = ("fail", "fail", "continue")
_FIELDS = ("id", "n", "flag", "items", "name")


@dataclass(frozen=True, slots=True)
class Kinds:
    """A family's nodes by what they are used for; `graph` by seed and size, `trigger` starts one
    that can be called, `declares` is the type whose config lists `inputs`."""

    graph: Callable[[int, int | None], Graph]
    catalogue: Catalogue
    call: str
    trigger: str
    declares: str
    replaced: tuple[str, ...]  # types with the ports of a call


def with_calls(graph: Graph, seed: int, kinds: Kinds, depth: int = _DEPTH) -> Graph:
    """The graph with calls in place of some nodes, if any may be."""
    dice = random.Random(f"calls {seed} {depth}")  # noqa: S311 - repeatable, not secret
    places = [n["id"] for n in graph["nodes"] if n["type"] in kinds.replaced]
    for name in dice.sample(places, min(len(places), dice.choice([1, 1, 2, 3]))):
        changed = copy.deepcopy(graph)
        node = next(n for n in changed["nodes"] if n["id"] == name)
        _make_call(node, f"{dice.randint(0, 10**6)}/{depth - 1}", dice, kinds)
        document = GraphDoc.model_validate(changed)
        if examine(document, kinds.catalogue, None, workflows(changed, kinds)).flow is not None:
            graph = changed
    return graph


def workflows(graph: Graph, kinds: Kinds) -> dict[str, GraphDoc]:
    """All that a graph calls, by reference, and what these call."""
    found: dict[str, GraphDoc] = {}
    ahead = [graph]
    while ahead:
        for node in ahead.pop()["nodes"]:
            name = node["config"].get("workflow")
            if node["type"] == kinds.call and name is not None and name not in found:
                called = _called(name, kinds)
                found[name] = GraphDoc.model_validate(called)
                ahead.append(called)
    return found


def _make_call(node: dict[str, Any], name: str, dice: random.Random, kinds: Kinds) -> None:
    declared = [
        item
        for other in _called(name, kinds)["nodes"]
        if other["type"] == kinds.declares
        for item in other["config"].get("inputs", ())
    ]
    names = [item["name"] for item in declared] if declared else list(_FIELDS)
    wanted = {item["name"] for item in declared if item.get("required")}
    constants: Mapping[str, Any] = {"n": 2, "flag": True, "name": "left", "items": [{"n": 1}]}
    inputs: dict[str, Any] = {}
    for field in names:
        if field not in wanted and dice.random() < 0.2:
            continue
        inputs[field] = "{{input." + field + "}}"
        if field in constants and dice.random() < 0.25:
            inputs[field] = constants[field]
    node["type"] = kinds.call
    node["config"] = {"workflow": name, "inputs": inputs}
    if "on_error" not in node:
        node["on_error"] = dice.choice(_RULES)
        if node["on_error"] == "continue":
            node["on_error_value"] = dice.choice([None, {"n": 1, "flag": True}])


def _called(name: str, kinds: Kinds) -> Graph:
    """The workflow of that name."""
    seed, depth = map(int, name.split("/"))
    graph = kinds.graph(seed, 1 + seed % _SIZE)
    if not any(n["type"] == kinds.trigger and not n.get("disabled") for n in graph["nodes"]):
        starts = [n for n in graph["nodes"] if n["id"] == "n0"]
        starts[0].update(type=kinds.trigger, config={}, disabled=False)
        for edge in graph["edges"]:
            if edge["source"] == "n0":
                edge["source_port"] = "output"
    return with_calls(graph, seed, kinds, depth) if depth else graph


def declaring(graph: Graph, seed: int) -> Graph:
    """A graph of probes that, now and then, says what its first trigger has to be given."""
    dice = random.Random(f"inputs {seed}")  # noqa: S311 - repeatable, not secret
    if dice.random() < 0.5:
        return graph
    kinds = {"n": "number", "flag": "boolean", "items": "array", "name": "string", "id": "any"}
    names = dice.sample(list(kinds), dice.randint(1, 3))
    inputs = [
        {"name": name, "kind": kinds[name], "required": dice.random() < 0.3} for name in names
    ]
    graph = copy.deepcopy(graph)
    graph["nodes"].append({"id": "takes", "type": "probe_takes", "config": {"inputs": inputs}})
    edge = {"source": "n0", "source_port": "output", "target": "takes", "target_port": "input"}
    graph["edges"].append({"id": "takes", **edge})
    return graph
