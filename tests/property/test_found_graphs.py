"""Graphs on which random search has shown a fault, each small, on many runs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from weft.validation.differential import Differential
from weft.validation.family import REAL
from weft.validation.host import OracleHost

START = {"id": "start", "type": "manual_trigger"}


def node(node_id: str, kind: str, **more: Any) -> dict[str, Any]:
    config = {key: value for key, value in more.items() if not key.startswith("on_error")}
    rules = {key: value for key, value in more.items() if key.startswith("on_error")}
    return {"id": node_id, "type": kind, "config": config, **rules}


def ask(**more: Any) -> dict[str, Any]:
    return node("ask", "approval", timeout_seconds=60, on_timeout="fail", **more)


LOG: dict[str, Any] = {"message": "here"}
GRAPHS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "a case may be called anything": (
        [
            node("sort", "switch", every_match=True, value="{{trigger.data.n}}", cases=[
                {"name": "Case 4: ü", "when": "trigger.data.n > 1"}, {"name": "b-c", "equals": 3},
            ]),
            node("all", "merge", mode="append"),
        ],
        ["start.output sort.input", "sort.Case 4: ü all.input", "sort.b-c all.input"],
    ),
    "ids that differ in a sign only are two": (
        [
            node("a-b", "http_request", url="https://example.org/1"),
            node("a__b", "http_request", url="https://example.org/2"),
            node("both", "merge", mode="append"),
        ],
        ["start.output a-b.input", "a-b.status a__b.input", "a-b.response both.input",
         "a__b.response both.input"],
    ),
    "a value that stands in for an answer takes its route": (
        [
            ask(on_error="continue", on_error_value={"decision": "approved"}),
            node("yes", "log", **LOG),
            node("no", "log", **LOG),
        ],
        ["start.output ask.input", "ask.approved yes.input", "ask.rejected no.input"],
    ),
    "silence takes the error branch": (
        [ask(), node("late", "log", **LOG)],
        ["start.output ask.input", "ask.error late.input"],
    ),
    "the first step of an iteration reads a node that is a value of the iteration": (
        [
            node("each", "for_each", items=["left", "right"]),
            node("which", "switch", cases=[{"name": "three", "equals": "left"}]),
            node("fork", "switch", cases=[{"port": "two", "equals": True}]),
            node("all", "aggregate"),
            node("step", "http_request", url="https://example.org/{{all.output[0]}}"),
        ],
        ["start.output fork.input", "fork.default each.items", "each.item which.input",
         "which.three all.input", "fork.default all.input", "all.output step.input"],
    ),
    "a wait that nobody comes to may be until what is no time": (
        [
            node("never", "if", condition="{{false}}"),
            node("wait", "delay", until="{{'to' + 'morrow'}}"),
            node("here", "log", **LOG),
        ],
        ["start.output never.input", "never.true wait.input", "never.false here.input"],
    ),
    "a step in a loop fails after its attempts": (
        [
            node("each", "for_each", items=[1, 2]),
            {**node("work", "code", code="return 1"), "retry": {"max_retries": 3}},
        ],
        ["start.output each.items", "each.item work.input", "work.result each.back"],
    ),
}  # fmt: skip


def graph(name: str) -> dict[str, Any]:
    nodes, drawn = GRAPHS[name]
    edges = []
    for line in drawn:
        source, target = line.rsplit(" ", 1)
        keys = ("source", "source_port", "target", "target_port")
        edges.append(dict(zip(keys, [*source.split(".", 1), *target.split(".", 1)], strict=True)))
    settings = {"timeout_seconds": 3_000_000}
    return {"schema": "weft/1", "nodes": [START, *nodes], "edges": edges, "settings": settings}


@pytest.mark.parametrize("name", GRAPHS)
def test_what_once_went_wrong_goes_right(name: str, tmp_path: Path) -> None:
    async def found() -> list[str]:
        async with OracleHost(tmp_path) as host:
            differential = Differential(host, REAL)
            findings = [await differential.graph(graph(name), seed) for seed in range(40)]
            return [line for finding in findings if finding for line in finding.differences]

    assert asyncio.run(found()) == []
