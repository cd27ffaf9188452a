"""What flows through abstract graphs: records whose decisions come out uniform, by seed."""

import random
from collections.abc import Mapping
from typing import Any

from weft.bench.catalogue import BenchCatalogue
from weft.ir.flow import FlowNode
from weft.ir.ops import Invoke
from weft.validation.family import Family
from weft.validation.oracle import Answers
from weft.validation.shrink import Graph

_DEPTH = 2  # loops in loops that find items
_ITEMS = ((0, 1, 2, 3), (1, 4, 3, 2))  # how many, and how likely


def family(document: Graph) -> Family:
    """The family that has one graph."""
    return Family(BenchCatalogue(), lambda seed, size: document, trigger, _answers(document))


def trigger(seed: int, document: Graph) -> dict[str, Any]:
    """An envelope that fires one of the graph's triggers with a record."""
    dice = random.Random(f"bench trigger {seed}")  # noqa: S311 - repeatable, not secret
    starts = [
        node["id"]
        for node in document["nodes"]
        if node["type"] == "bench_trigger" and not node.get("disabled")
    ]
    data = _record(dice, _decisions(document), "t", 0)
    return {"node": dice.choice(starts), "type": "bench_trigger", "data": data}


def _answers(document: Graph) -> Answers:
    decisions = _decisions(document)

    def answer(dice: random.Random, node: FlowNode, named: str) -> dict[str, Any]:
        assert isinstance(node.op, Invoke)
        record = _record(dice, decisions, named, 0)
        if node.op.routes:
            record["name"] = dice.choice([case.port for case in node.op.routes])
        return {"output": record}

    return answer


def _decisions(document: Graph) -> dict[str, list[str]]:
    return {
        node["id"]: node["config"]["ports"]
        for node in document["nodes"]
        if node["type"] == "bench_decision"
    }


def _record(
    dice: random.Random, decisions: Mapping[str, list[str]], name: str, depth: int
) -> dict[str, Any]:
    count = dice.choices(*_ITEMS)[0] if depth < _DEPTH else 0
    return {
        "id": name,
        "n": dice.randrange(1_000),
        "picks": {node: dice.choice(ports) for node, ports in decisions.items()},
        "items": [_record(dice, decisions, f"{name}/{k}", depth + 1) for k in range(count)],
        "name": name,
    }
