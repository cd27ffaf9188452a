"""What must not matter does not matter: names, layout, the order of writing, loose ends."""

import asyncio
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.ir.ops import Sleep
from weft.semantics.answers import Answer
from weft.semantics.answers import Path as At
from weft.semantics.equivalence import Observed, differences
from weft.semantics.interpreter import interpret
from weft.validation.family import LOOPS, PROBES, REAL, REAL_LOOPS, Family
from weft.validation.host import STARTED, OracleHost
from weft.validation.oracle import SeededOracle
from weft.validation.shrink import Graph

SEEDS = range(700_000, 700_025)
FAMILIES = {"probes": PROBES, "real": REAL, "loops": LOOPS, "real loops": REAL_LOOPS}
LONE = {PROBES.catalogue: ("probe_call", {}), REAL.catalogue: ("log", {"message": "alone"})}
_HASHES = """
import sys
from test_laws import FAMILIES, compiled
family = FAMILIES[sys.argv[1]]
print(*(compiled(family.graph(seed, 16), family).hash for seed in range(700_100, 700_108)))
"""
_NAMED = re.compile(r"\bn(\d+)\b")


def dumped(artefact: Artefact) -> bytes:
    children = {name: child.as_json() for name, child in artefact.children.items()}
    return orjson.dumps([artefact.definition, artefact.source_map, artefact.manifest, children])


def compiled(graph: Graph, family: Family) -> Artefact:
    return compile_workflow(graph, family.catalogue)


def ordered(graph: Graph) -> Graph:
    """The same graph with the order of the edges at each port written down."""
    count: dict[tuple[str, str], int] = {}
    edges = []
    for edge in sorted(graph["edges"], key=lambda edge: edge.get("order", 0)):
        place = (edge["target"], edge["target_port"])
        count[place] = count.get(place, -1) + 1
        edges.append({**edge, "order": count[place]})
    return {**graph, "edges": edges}


def shuffled(items: list[Any], seed: int) -> list[Any]:
    return random.Random(seed).sample(items, len(items))


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A config with every reference written for the new names."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, str):
        return _NAMED.sub(lambda found: f'nodes["{names[found[0]]}"]', value)
    return value


def with_names(graph: Graph, names: Mapping[str, str]) -> Graph:
    nodes = [
        {**node, "id": names[node["id"]], "config": renamed(node["config"], names)}
        for node in graph["nodes"]
    ]
    edges = [
        {**edge, "source": names[edge["source"]], "target": names[edge["target"]]}
        for edge in graph["edges"]
    ]
    return {**graph, "nodes": nodes, "edges": edges}


def in_old_names(value: Any, old: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {old.get(key, key): in_old_names(item, old) for key, item in value.items()}
    if isinstance(value, list):
        return [in_old_names(item, old) for item in value]
    if isinstance(value, str):
        for new, name in old.items():
            value = value.replace(new, name)
    return value


class RenamedOracle(SeededOracle):
    """Answers as if the nodes had their old names."""

    old: Mapping[str, str]

    def attempts(self, node_id: str, path: At) -> Iterator[Answer]:
        return super().attempts(self.old[node_id], path)


async def changed(
    folder: Path, graph: Graph, other: Graph, names: Mapping[str, str], family: Family
) -> list[str]:
    """How runs of the other graph differ from what the graph means."""
    old = {new: name for name, new in names.items()}
    artefact, found = compiled(graph, family), []
    async with OracleHost(folder) as host:
        machine = host.load(compiled(other, family))
        for seed, failures in ((1, 0.0), (2, 0.05)):
            oracle = RenamedOracle(artefact.flow, seed, family.answers, failures)
            oracle.old = old
            trigger = family.trigger(seed, graph)
            played = await host.run(machine, {**trigger, "node": names[trigger["node"]]}, oracle)
            run: Any = {"workflow": "w", "tenant": "t", "started_at": STARTED}
            plain = SeededOracle(artefact.flow, seed, family.answers, failures)
            outcome = interpret(artefact.flow, trigger, {**run, "id": played.ended.name}, plain)
            nodes = artefact.flow.nodes.values()
            waits = frozenset(node.id for node in nodes if isinstance(node.op, Sleep))
            seen = in_old(played.observed, old)
            found += differences(artefact.flow, outcome, seen, invisible=waits)
    return found


def in_old(observed: Observed, old: Mapping[str, str]) -> Observed:
    effects = [
        replace(c, node=old[c.node], arguments=in_old_names(c.arguments, old))
        for c in observed.effects
    ]
    result, response = in_old_names(observed.result, old), in_old_names(observed.response, old)
    return replace(observed, effects=effects, result=result, response=response)


def graphs(family: Family) -> list[Graph]:
    """Graphs in which at most one node answers a caller: of several, the first one written does."""
    seeds = SEEDS if family in (PROBES, REAL) else SEEDS[:5]
    made = [ordered(family.graph(seed, 16)) for seed in seeds]
    answering = ("probe_respond", "webhook_response")
    return [g for g in made if sum(node["type"] in answering for node in g["nodes"]) <= 1]


@pytest.mark.parametrize("name", FAMILIES)
def test_compiling_again_gives_the_same_bytes(name: str) -> None:
    for graph in graphs(FAMILIES[name]):
        again = orjson.loads(orjson.dumps(graph))
        assert dumped(compiled(again, FAMILIES[name])) == dumped(compiled(graph, FAMILIES[name]))


@pytest.mark.parametrize("name", FAMILIES)
def test_another_process_with_other_hashes_gives_the_same_bytes(name: str) -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", _HASHES, name],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "20")
    ]
    assert len(told[0].split()) == 8
    assert told[0] == told[1]


@pytest.mark.parametrize("name", FAMILIES)
def test_neither_the_canvas_nor_the_order_of_edges_nor_an_orphan_changes_the_artefact(
    name: str,
) -> None:
    family = FAMILIES[name]
    lone = LONE[family.catalogue]
    for seed, graph in enumerate(graphs(family)):
        same = dumped(compiled(graph, family))
        moved = [
            {**node, "position": {"x": seed * 7.5, "y": -index * 3.0}, "notes": "moved"}
            for index, node in enumerate(graph["nodes"])
        ]
        orphan = {"id": "alone", "type": lone[0], "config": lone[1]}
        for other in (
            {**graph, "nodes": moved},
            {**graph, "edges": shuffled(graph["edges"], seed)},
            {**graph, "nodes": [*graph["nodes"], orphan]},
        ):
            assert dumped(compiled(other, family)) == same


@pytest.mark.parametrize("name", FAMILIES)
def test_the_order_of_nodes_changes_no_run(name: str, tmp_path: Path) -> None:
    family = FAMILIES[name]
    for seed, graph in enumerate(graphs(family)):
        other = {**graph, "nodes": shuffled(graph["nodes"], seed)}
        names = {node["id"]: node["id"] for node in graph["nodes"]}
        assert asyncio.run(changed(tmp_path / str(seed), graph, other, names, family)) == []


@pytest.mark.parametrize("name", FAMILIES)
def test_the_names_of_nodes_change_no_run(name: str, tmp_path: Path) -> None:
    family = FAMILIES[name]
    for seed, graph in enumerate(graphs(family)):
        order = shuffled([node["id"] for node in graph["nodes"]], seed)
        spelled = ("Zz-{}-k", "Zz_{}_k", "_Zz{}q")
        names = {node: spelled[k % 3].format(k + 100) for k, node in enumerate(order)}
        other = with_names(graph, names)
        assert asyncio.run(changed(tmp_path / str(seed), graph, other, names, family)) == []
