"""A run that failed in a shared call, or in a machine of its own, is redriven from there."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from weft.asl.machines import innermost_first, resolved
from weft.asl.raised import restored
from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.options import Options, Policy
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import HandlerError
from weft.engine.jsonata_fast import FastJsonata
from weft.nodekit.fused_call import is_fused
from weft.nodes.catalogue import NodeCatalogue
from weft.validation.fused import fused_answer

NODES: list[dict[str, Any]] = [
    {"id": "start", "type": "manual_trigger"},
    {"id": "first", "type": "log", "config": {"message": "once"}},
    {"id": "pause", "type": "delay", "config": {"seconds": 90}},
    {"id": "b", "type": "code", "config": {"code": "return 1"}},
    {"id": "c", "type": "code", "config": {"code": "return 2"}},
    {"id": "d", "type": "code", "config": {"code": "return 3"}},
    {"id": "end", "type": "output", "config": {"value": "{{ d.result }}"}},
]
WAYS = {
    "shared call": Options(policy=Policy.DURABLE),
    "machine of its own": Options(policy=Policy.CHEAPEST, fuse=False),
}


class Runner:
    """Answers every step with its id; `broken` fails for good."""

    def __init__(self) -> None:
        self.broken = "c"
        self.calls: list[str] = []

    async def __call__(self, function: str, payload: Any, deadline: float | None) -> Any:
        if is_fused(payload):
            return await fused_answer(payload, self._one)
        return await self._one(payload)

    async def _one(self, call: dict[str, Any]) -> Any:
        self.calls.append(call["node_id"])
        if call["node_id"] == self.broken:
            raise HandlerError("PermanentStepError", "not yet")
        return {"outputs": {"result": call["node_id"], "output": None}}


def compiled(options: Options) -> Artefact:
    ports = {"code": {"source_port": "result"}}
    edges = [
        {"source": a["id"], "target": b["id"], **ports.get(a["type"], {})}
        for a, b in pairwise(NODES)
    ]
    graph = {"schema": "weft/1", "nodes": NODES, "edges": edges}
    return compile_workflow(graph, NodeCatalogue(), options=options)


def created(engine: Engine, artefact: Artefact) -> str:
    made: dict[str, str] = {}
    for name in innermost_first({key: c.definition for key, c in artefact.children.items()}):
        child = artefact.children[name]
        made[name] = engine.create_machine(name, resolved(child.definition, made), child.type)
    return engine.create_machine("m", resolved(artefact.definition, made))


@pytest.mark.parametrize("way", WAYS)
async def test_the_failed_part_runs_again_and_nothing_before_it(way: str, tmp_path: Path) -> None:
    artefact, runner = compiled(WAYS[way]), Runner()
    assert bool(artefact.children) == (way != "shared call")
    engine = Engine(tmp_path, invoke=runner, jsonata=FastJsonata(), clock=SkippingClock())
    await engine.open()
    run = {"id": "r", "workflow": "w", "tenant": "t", "started_at": "2027-01-15T08:00:00Z"}
    given: Any = {"run": run, "trigger": {"node": "start", "data": {}}}
    failed = await engine.wait(engine.start(created(engine, artefact), "r", given))
    assert failed.status == "FAILED"
    error, cause = restored(failed.error or "", failed.cause or "")
    assert (error, json.loads(cause)["errorMessage"]) == ("PermanentStepError", "not yet")
    runner.broken = ""
    before = list(runner.calls)
    engine.redrive(failed.id)
    ended = await engine.wait(failed.id)
    await engine.close()
    assert (ended.status, ended.output["result"]) == ("SUCCEEDED", {"end": "d"})
    assert before == ["first", "b", "c"]
    assert runner.calls[len(before) :] == ["b", "c", "d"]
