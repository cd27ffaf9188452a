"""Which runner calls share one call, and which may not."""

from itertools import pairwise
from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.compiler.explain import explained
from weft.compiler.options import Lowering, Options, Policy, lowered
from weft.nodes.catalogue import NodeCatalogue

DURABLE = Options(policy=Policy.DURABLE)
PORTS = {"http_request": "response", "code": "result", "if": "true"}


def node(id: str, type: str, config: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "config": config, **more}


def code(id: str, text: str = "return 1", **more: Any) -> dict[str, Any]:
    return node(id, "code", {"code": text}, **more)


def get(id: str, credential: str | None = None, method: str = "GET") -> dict[str, Any]:
    config = {"url": "https://example.test", "method": method, "fail_on_status": False}
    return node(id, "http_request", config | ({"credential": credential} if credential else {}))


def chain(*nodes: dict[str, Any], **settings: Any) -> dict[str, Any]:
    made = [{"id": "t", "type": "manual_trigger"}, *nodes]
    edges = [
        {"source": a["id"], "target": b["id"], "source_port": PORTS.get(a["type"])}
        for a, b in pairwise(made)
    ]
    return {"schema": "weft/1", "nodes": made, "edges": edges, "settings": settings}


def compiled(graph: dict[str, Any], options: Options = DURABLE) -> Artefact:
    return compile_workflow(graph, NodeCatalogue(), options=options)


def fused(graph: dict[str, Any], options: Options = DURABLE) -> list[list[str]]:
    return [one["nodes"] for one in compiled(graph, options).manifest["fused"]]


def test_calls_in_turn_of_one_group_share_a_call() -> None:
    assert fused(chain(code("a"), code("b"), code("c"))) == [["a", "b", "c"]]
    assert fused(chain(code("a"), code("b"), get("c"), get("d"))) == [["a", "b"], ["c", "d"]]


def test_what_is_pure_between_them_does_not_keep_them_apart() -> None:
    between = node("s", "set_fields", {"fields": {"x": "{{ a.result }}"}})
    assert fused(chain(code("a"), between, code("b"))) == [["a", "b"]]


def test_a_call_that_may_not_be_repeated_is_the_last() -> None:
    post = get("b", method="POST")
    assert fused(chain(get("a"), post, get("c"), get("d"))) == [["a", "b"], ["c", "d"]]


def test_credentials_stay_apart() -> None:
    assert fused(chain(get("a", "one"), get("b", "one"))) == [["a", "b"]]
    assert fused(chain(get("a", "one"), get("b", "two"))) == []
    assert fused(chain(get("a", "one"), get("b"))) == []


def test_a_wait_or_a_handled_error_keeps_calls_apart() -> None:
    assert fused(chain(code("a"), node("w", "delay", {"seconds": 1}), code("b"))) == []
    assert fused(chain(code("a"), code("b", on_error="continue"), code("c"))) == []
    assert fused(chain(code("a"), node("i", "if", {"condition": "a.result"}), code("b"))) == []


def test_a_call_ends_within_what_a_function_may_take() -> None:
    four = [code(id) for id in "abcd"]
    assert fused(chain(*four)) == [["a", "b", "c"]]  # 3 × (4 × 60 + 14) seconds
    assert fused(chain(*four, node_timeout_seconds=900)) == []
    assert fused(chain(*four, max_retries=0)) == [["a", "b", "c", "d"]]
    assert compiled(chain(*four)).definition["States"]["a + b + c"]["TimeoutSeconds"] == 762


@pytest.mark.parametrize("policy", list(Policy))
def test_every_policy_fuses_and_an_option_forbids_it(policy: Policy) -> None:
    graph = chain(code("a"), code("b"))
    assert fused(graph, Options(policy=policy)) == [["a", "b"]]
    assert fused(graph, Options(policy=policy, fuse=False)) == []


@pytest.mark.parametrize("lowering", [way for way in Lowering if way is not Lowering.OPTIMAL])
def test_baselines_do_not_fuse(lowering: Lowering) -> None:
    assert fused(chain(code("a"), code("b")), lowered(lowering)) == []


def test_fused_steps_are_explained_and_keep_their_keys() -> None:
    artefact = compiled(chain(code("a"), code("b")))
    told = explained(artefact)
    saves = {"transitions": 1, "lambda_calls": 1}
    assert told["fused"] == [{"nodes": ["a", "b"], "saves": saves}]
    states = {step["node"]: step["states"] for step in told["steps"]}
    assert states["a"] == states["b"] == ["a + b"]
    steps = artefact.definition["States"]["a + b"]["Arguments"]["Payload"]["steps"]
    keys = [f"{{% $states.context.Execution.Input.run.id & '/{name}/' %}}" for name in "ab"]
    assert [step["key"] for step in steps] == keys


def test_a_step_of_an_express_region_saves_its_request_alone() -> None:
    graph = chain(code("a"), code("b"), get("c"))
    saves = {"transitions": 0, "lambda_calls": 1}
    artefact = compiled(graph, Options())
    assert artefact.manifest["fused"] == [{"nodes": ["a", "b"], "saves": saves}]
    assert [tier["nodes"] for tier in artefact.manifest["tiers"].values()] == [["a", "b", "c"]]
