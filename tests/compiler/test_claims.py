"""Which outputs may be claims: told from how they are read, with the real node types."""

from typing import Any

import pytest
from tests.support.graphs import chain, once

from weft.compiler.artefact import Artefact
from weft.compiler.compile import compile_workflow
from weft.nodes.catalogue import NodeCatalogue

CODE = once("a", "code", code="return 1")
PASSED: dict[str, Any] = {}


def compiled(*nodes: dict[str, Any], **more: Any) -> Artefact:
    """The artefact of a chain that begins with a code node called `a`."""
    return compile_workflow(from_result(chain(CODE, *nodes, **more)), NodeCatalogue())


def from_result(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with the results of its code nodes on their edges."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    edges = [
        {"source_port": "result", **edge} if nodes[edge["source"]]["type"] == "code" else edge
        for edge in graph["edges"]
    ]
    return {**graph, "edges": edges}


def payloads(artefact: Artefact) -> dict[str, dict[str, Any]]:
    """What the definitions send to runners, by node."""
    found: dict[str, dict[str, Any]] = {}

    def look(held: Any) -> None:
        if isinstance(held, dict):
            if "node_type" in held:
                found[held["node_id"]] = held
            held = list(held.values())
        if isinstance(held, list):
            for item in held:
                look(item)

    look(artefact.definition)
    for child in artefact.children.values():
        look(child.definition)
    return found


def claims(*nodes: dict[str, Any], **more: Any) -> Any:
    """What may be claimed of the result of `a`; None if nothing."""
    return payloads(compiled(*nodes, **more))["a"].get("claims", {}).get("result")


def test_what_is_only_the_input_of_a_runner_or_a_result_may_be_claimed() -> None:
    assert claims(once("b", "code", code="return input")) == PASSED
    assert claims() == PASSED


def test_what_is_put_into_an_object_or_a_list_and_handed_on_may_be_claimed() -> None:
    fields = {"all": "{{ a.result }}", "list": ["{{ a.result }}", 1]}
    made = once("b", "set_fields", fields=fields, keep_input=False)
    assert claims(made, once("c", "code", code="return input")) == PASSED


@pytest.mark.parametrize("text", ["it is {{ a.result }}", "{{ a.result | length }}",
                                  "{{ a.result == 'x' }}", "{{ a.result or 1 }}",
                                  "{{ a.result | default(1) }}", "{{ a.result[0] }}",
                                  "{{ a.result['$claim'] }}"])  # fmt: skip
def test_what_an_expression_reads_all_of_may_not(text: str) -> None:
    artefact = compiled(once("b", "template", template=text), once("c", "output", value="{{ b }}"))
    assert "result" not in payloads(artefact)["a"].get("claims", {})
    (note,) = [n for n in artefact.notes if n.code == "W4015" and n.port == "result"]
    assert (note.node, "an expression of b" in note.message) == ("a", True)
    assert note.hint


def test_members_that_are_read_stay_and_others_that_are_handed_on_are_claims() -> None:
    variables = {"n": "{{ a.result.id + 1 }}", "text": "{{ a.result.text }}"}
    made = once("b", "code", code="return input", variables=variables)
    assert claims(made) == {"read": ["/id"], "passed": ["/text"]}


def test_of_a_member_that_is_read_nothing_below_is_told() -> None:
    texts = ("{{ a.result.x.y + 1 }}", "{{ a.result.x | length }}", "{{ a.result.x.z }}")
    made = once("b", "code", code="return 1", variables=dict(zip("nmo", texts, strict=True)))
    assert claims(made) == {"read": ["/x"]}


def drawn(*nodes: dict[str, Any], edges: str) -> dict[str, Any]:
    """`a.result>b.input`: the ports of an edge, where a node has several."""
    made = []
    for text in edges.split():
        ends = [end.split(".") for end in text.split(">")]
        names = ("source", "source_port"), ("target", "target_port")
        made.append({k: v for keys, end in zip(names, ends, strict=True)
                     for k, v in zip(keys, end, strict=False)})  # fmt: skip
    every = [{"id": "start", "type": "manual_trigger"}, CODE, *nodes]
    return {"schema": "weft/1", "name": "drawn", "nodes": every, "edges": made}


def claims_in(graph: dict[str, Any]) -> dict[str, Any]:
    """What may be claimed of `a`."""
    found: dict[str, Any] = payloads(compile_workflow(graph, NodeCatalogue()))["a"]
    return dict(found.get("claims", {}))


def test_a_condition_reads_what_it_looks_at() -> None:
    graph = drawn(
        once("b", "if", condition="{{ a.result.n > 1 }}"),
        once("c", "code", code="return input"),
        edges="start>a a.result>b b.true>c",
    )
    assert claims_in(graph)["result"] == {"read": ["/n"]}


@pytest.mark.parametrize(("last", "may"), [("{{ each }}", True), ("{{ each | length }}", False)])
def test_what_items_give_back_may_be_claimed_if_their_list_is_handed_on(
    last: str, may: bool
) -> None:
    graph = drawn(
        once("each", "for_each"),
        once("z", "code", code="return 1", variables={"v": last}),
        edges="start>each.items each.item>a a.result>each.back each.done>z",
    )
    assert ("result" in claims_in(graph)) is may
    asked = payloads(compile_workflow(graph, NodeCatalogue()))
    assert (asked["a"].get("claim_above"), asked["z"].get("claim_above")) == (4_096, None)


def test_a_loop_that_walks_down_a_list_reads_all_of_it() -> None:
    graph = drawn(
        once("w", "while", condition="{{ loop.item.next }}"),
        once("down", "set_fields", fields={"next": "{{ input.next.next }}"}, keep_input=False),
        once("z", "code", code="return input"),
        edges="start>a a.result>w.input w.body>down down>w.back w.done>z",
    )
    assert claims_in(graph)["result"] == {"read": ["/next"]}


def test_a_number_is_never_claimed() -> None:
    graph = chain(once("a", "http_request", url="https://example.com"))
    assert payloads(compile_workflow(graph, NodeCatalogue()))["a"]["claims"].keys() == {
        "response",
        "headers",
    }


def test_the_answer_of_a_token_is_not_claimed() -> None:
    graph = drawn(
        once("ask", "approval", title="Sure?"),
        once("b", "code", code="return input"),
        edges="start>a a.result>ask ask.approved>b",
    )
    assert "claims" not in payloads(compile_workflow(graph, NodeCatalogue()))["ask"]


def test_what_a_race_gives_is_not_claimed() -> None:
    graph = drawn(
        once("b", "code", code="return 2"),
        once("first", "merge", mode="first"),
        once("z", "code", code="return input"),
        edges="start>a start>b a.result>first b.result>first first>z",
    )
    assert "result" not in claims_in(graph)
