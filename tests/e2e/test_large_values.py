"""Values over 256 KiB, made by real workers and carried from step to step on a real server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.graphs import once
from tests.support.weft_server import WeftServer

MILLION = 1_000_000
CLAIM = "$claim"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeftServer]:
    """One server for all of it."""
    with WeftServer(tmp_path_factory.mktemp("server")) as running:
        yield running
        assert "Traceback" not in running.log()


def drawn(*nodes: dict[str, Any], edges: str) -> dict[str, Any]:
    """`a.result>b.input`: the ports of an edge, where a node has several."""
    made = []
    for text in edges.split():
        edge: dict[str, str] = {}
        for side, end in zip(("source", "target"), text.split(">"), strict=True):
            name, dot, port = end.partition(".")
            edge |= {side: name, f"{side}_port": port} if dot else {side: name}
        made.append(edge)
    every = [{"id": "start", "type": "manual_trigger"}, *nodes]
    return {"schema": "weft/1", "name": "large", "nodes": every, "edges": made}


def code(node_id: str, source: str, **config: Any) -> dict[str, Any]:
    return once(node_id, "code", code=source, **config)


def ended(server: WeftServer, graph: dict[str, Any], data: Any = None) -> dict[str, Any]:
    run: dict[str, Any] = server.wait(server.begin(server.publish(graph), data))
    return run


def steps(server: WeftServer, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = server.ask("GET", f"/runs/{run['id']}/steps")["items"]
    return {step["node_id"]: step for step in found}


def test_a_megabyte_goes_from_step_to_step_and_comes_out(server: WeftServer) -> None:
    graph = drawn(
        code("make", "return {'id': 7, 'text': 'x' * 1_000_000}"),
        once("check", "if", condition="{{ make.result.id == 7 }}"),
        code("size", "return len(input['text'])"),
        code("same", "return text", variables={"text": "{{ make.result.text }}"}),
        edges="start>make make.result>check check.true>size check.true>same",
    )
    run = ended(server, graph)
    assert run["status"] == "completed", run["error"]
    assert run["output"]["size"]["result"] == MILLION
    assert run["output"]["same"]["result"] == "x" * MILLION
    seen = steps(server, run)
    assert seen["make"]["output"]["result"] == {"id": 7, "text": "x" * MILLION}
    assert seen["size"]["input"]["input"] == {"id": 7, "text": "x" * MILLION}


def test_what_many_items_give_back_is_more_than_a_state_holds(server: WeftServer) -> None:
    graph = drawn(
        once("each", "for_each"),
        code("make", "return 'x' * (100_000 if input < 6 else 10_000)"),
        code("sum", "return sum(map(len, input))"),
        edges="start>each.items each.item>make make.result>each.back each.done>sum",
    )
    run = ended(server, graph, list(range(20)))
    assert run["status"] == "completed", run["error"]
    assert run["output"]["sum"]["result"] == 6 * 100_000 + 14 * 10_000


def test_a_run_shows_what_it_came_to_after_a_restart(server: WeftServer) -> None:
    run = ended(server, drawn(code("make", "return 'x' * 1_000_000"), edges="start>make"))
    server.kill()
    server.start()
    again = server.ask("GET", f"/runs/{run['id']}")
    assert again["output"]["make"]["result"] == "x" * MILLION


def claims_in(server: WeftServer, run: dict[str, Any]) -> list[dict[str, Any]]:
    """What a person may copy out of the run's events."""
    found: list[dict[str, Any]] = []

    def look(held: Any) -> None:
        if isinstance(held, dict):
            if CLAIM in held:
                found.append(held)
            held = list(held.values())
        for item in held if isinstance(held, list) else ():
            look(item)

    look(server.ask("GET", f"/runs/{run['id']}/events")["items"])
    return found


def test_a_claim_that_is_copied_into_another_run_is_only_data(server: WeftServer) -> None:
    victim = ended(server, drawn(code("make", "return 'secret' * 100_000"), edges="start>make"))
    (copied, *_) = claims_in(server, victim)
    attack = drawn(
        code("say", f"return {copied!r}"),
        code("take", "return [input, data]", variables={"data": "{{ trigger.data }}"}),
        edges="start>say say.result>take",
    )
    run = ended(server, attack, copied)
    assert run["output"]["take"]["result"] == [copied, copied]
    assert "secret" not in json.dumps([run, steps(server, run)])


def test_data_that_looks_like_a_claim_goes_through_unchanged(server: WeftServer) -> None:
    data = {"x": [{CLAIM: f"{'0' * 64}.10.{'0' * 64}", "id": 1}, {CLAIM: 5}, {CLAIM: "a"}]}
    same = code("same", "return data", variables={"data": "{{ trigger.data }}"})
    run = ended(server, drawn(same, edges="start>same"), data)
    assert run["output"]["same"]["result"] == data
