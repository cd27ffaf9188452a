"""Steps that share a call: whichever of them fails, and at which attempt, the graph says so too."""

import asyncio
import tempfile
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.options import Options, Policy
from weft.semantics.answers import Answer, Failed
from weft.semantics.answers import Path as Place
from weft.validation.comparison import compare
from weft.validation.differential import campaign
from weft.validation.family import LOOPS, PROBES, RACES, REAL, Family
from weft.validation.host import OracleHost
from weft.validation.oracle import PERMANENT, TRANSIENT, SeededOracle

STEPS = ("a", "b", "c")
TRIES = 2  # of a step, after the first


class Scripted(SeededOracle):
    """One step fails: `transient` attempts in passing, then for good if `ends`."""

    step, transient, ends = "", 0, False

    def attempts(self, node_id: str, path: Place) -> Iterator[Answer]:
        """Of the step as scripted; of others at once."""
        last = list(super().attempts(node_id, path))[-1]
        if node_id != self.step:
            yield last
            return
        for number in range(1, self.transient + 1):
            yield Failed(TRANSIENT, "not now", number)
            if number > TRIES:
                return
        yield Failed(PERMANENT, "never", self.transient + 1) if self.ends else last


def chain(around: str) -> dict[str, Any]:
    """Three calls in turn, and one behind them that shares none; in a loop, a race, or in none."""
    retry = {"max_retries": TRIES, "interval_seconds": 1}
    calls = [{"id": name, "type": "probe_call", "retry": retry} for name in STEPS]
    for node, before in zip(calls[1:], STEPS, strict=False):
        node["config"] = {"value": f"{{{{ {before}.n }}}}"}
    nodes: list[dict[str, Any]] = [{"id": "t", "type": "probe_start"}, *calls]
    end = {"id": "end", "type": "probe_call_always", "config": {"value": "{{ a.id }}"}}
    nodes.append(end)
    nodes.append({"id": "r", "type": "probe_result"})
    edges = [{"source": x, "target": y} for x, y in pairwise(STEPS)]
    if around in ("each", "each handled", "each skipping"):
        loop: dict[str, Any] = {"id": "l", "type": "probe_each"}
        if around == "each handled":
            loop["on_error"] = "branch"
        if around == "each skipping":
            loop["config"] = {"skip_failed": True}
        nodes.append(loop)
        edges += [
            {"source": "t", "target": "l", "target_port": "input"},
            {"source": "l", "source_port": "item", "target": "a"},
            {"source": "c", "target": "l", "target_port": "back"},
            {"source": "l", "source_port": "done", "target": "end"},
        ]
        end["config"] = {}
        if around == "each handled":
            edges.append({"source": "l", "source_port": "error", "target": "end"})
    elif around == "race":
        nodes += [{"id": "o", "type": "probe_sleep"}, {"id": "m", "type": "probe_race"}]
        edges += [
            {"source": "t", "target": "a"}, {"source": "t", "target": "o"},
            {"source": "c", "target": "m"}, {"source": "o", "target": "m"},
            {"source": "m", "target": "end"},
        ]  # fmt: skip
        end["config"] = {}
    else:
        edges += [{"source": "t", "target": "a"}, {"source": "c", "target": "end"}]
    edges.append({"source": "end", "target": "r"})
    return {"schema": "weft/1", "nodes": nodes, "edges": edges}


def fusions(artefact: Artefact) -> list[list[str]]:
    return [one["nodes"] for one in artefact.manifest["fused"]]


async def differences(artefact: Artefact) -> tuple[int, list[Any]]:
    """Runs compared, and what differs: a failure at every step and every attempt."""
    found, runs = [], 0
    with tempfile.TemporaryDirectory() as folder:
        async with OracleHost(Path(folder)) as host:
            machine = host.load(artefact)
            trigger = {"node": "t", "data": {"n": 1, "items": [{"n": 1}, {"n": 2}]}}
            for step, transient, ends in product(STEPS, range(TRIES + 2), (False, True)):
                oracle = Scripted(artefact.flow, 7, PROBES.answers)
                oracle.step, oracle.transient, oracle.ends = step, transient, ends
                seen = await compare(host, artefact.flow, machine, trigger, oracle)
                runs += 1
                if seen.differences:
                    found.append((step, transient, ends, seen.differences))
    return runs, found


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("around", ["nothing", "each", "each handled", "each skipping", "race"])
def test_a_failure_at_any_step_and_attempt_is_what_the_graph_says(
    around: str, policy: Policy
) -> None:
    options = Options(policy=policy)
    artefact = compile_workflow(chain(around), PROBES.catalogue, options=options)
    assert any(set(STEPS) <= set(nodes) for nodes in fusions(artefact))
    runs, found = asyncio.run(differences(artefact))
    assert runs == len(STEPS) * (TRIES + 2) * 2
    assert found == []


def test_a_loop_that_handles_its_errors_keeps_its_steps_apart() -> None:
    """Its errors are caught as a task tells them, so none may be told in an answer."""
    graph = chain("nothing")
    graph["nodes"] += [{"id": "w", "type": "probe_while", "on_error": "continue"}]
    graph["edges"] = [
        {"source": "t", "target": "w", "target_port": "input"},
        {"source": "w", "source_port": "body", "target": "a"},
        *({"source": x, "target": y} for x, y in pairwise(STEPS)),
        {"source": "c", "target": "w", "target_port": "back"},
        {"source": "w", "source_port": "done", "target": "end"},
        {"source": "end", "target": "r"},
    ]
    assert fusions(compile_workflow(graph, PROBES.catalogue)) == []


@pytest.mark.parametrize(
    ("family", "least"), [(PROBES, 5), (REAL, 1), (LOOPS, 3), (RACES, 5)],
    ids=["probes", "real", "loops", "races"],
)  # fmt: skip
def test_random_graphs_have_steps_that_share_calls(family: Family, least: int) -> None:
    graphs = range(20 if family is not REAL else 60)
    made = [compile_workflow(family.graph(seed, None), family.catalogue) for seed in graphs]
    assert sum(bool(fusions(artefact)) for artefact in made) >= least
    shared = [seed for seed in graphs if fusions(made[seed])][:least]
    assert asyncio.run(campaign(shared, family=family)).findings == []
