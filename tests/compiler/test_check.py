"""What the checks accept, warn of and refuse, beyond the malformed goldens."""

from typing import Any

from weft.compiler.check.check import Examined, examine
from weft.compiler.parse import parse
from weft.expressions.ast import Literal
from weft.ir.flow import OnError
from weft.ir.ops import Decide, Invoke
from weft.nodes.catalogue import NodeCatalogue

START = {"id": "start", "type": "manual_trigger"}


def log(name: str, message: str = "m", **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "log", "config": {"message": message}, **more}


def examined(nodes: list[Any], *edges: str, credentials: dict[str, str] | None = None) -> Examined:
    """Edges are written `a.port -> b.port`, ports left out where there is one."""
    drawn = []
    for edge in edges:
        (source, _, out), (target, _, into) = (
            end.strip().partition(".") for end in edge.split("->")
        )
        ports = {"source_port": out or None, "target_port": into or None}
        drawn.append({"source": source, "target": target, **ports})
    graph = {"schema": "weft/1", "nodes": nodes, "edges": drawn}
    return examine(parse(graph), NodeCatalogue(), credentials)


def codes(found: Examined) -> list[str]:
    return sorted(item.code for item in found.diagnostics)


def test_a_sound_graph_has_no_diagnostics() -> None:
    found = examined([START, log("a")], "start -> a")
    assert found.diagnostics == ()
    assert found.flow is not None


def test_an_unreached_node_is_a_warning_and_not_compiled() -> None:
    found = examined([START, log("a"), log("lost")], "start -> a")
    assert codes(found) == ["W2031"]
    assert found.flow is not None and set(found.flow.nodes) == {"start", "a"}


def test_a_broken_edge_does_not_blame_what_it_cuts_off() -> None:
    found = examined([START, log("a"), log("b")], "start.nope -> a", "a -> b")
    assert codes(found) == ["W2002"]


def test_exclusive_branches_may_meet_at_one_input() -> None:
    choice = {"id": "c", "type": "if", "config": {"condition": "trigger.data.x"}}
    nodes = [START, choice, log("yes"), log("no"), log("after")]
    found = examined(
        nodes, "start -> c", "c.true -> yes", "c.false -> no", "yes -> after", "no -> after"
    )
    assert found.diagnostics == ()


def test_parallel_branches_that_meet_at_one_input_are_a_warning() -> None:
    nodes = [START, log("a"), log("b"), log("c")]
    found = examined(nodes, "start -> a", "start -> b", "a -> c", "b -> c")
    assert codes(found) == ["W2008"]


def test_reading_a_node_that_may_be_skipped_is_a_warning_unless_it_has_a_default() -> None:
    choice = {"id": "c", "type": "if", "config": {"condition": "trigger.data.x"}}
    edges = ("start -> c", "c.true -> yes", "start -> after")
    plain = examined([START, choice, log("yes"), log("after", "{{yes.output}}")], *edges)
    assert codes(plain) == ["W2023"]
    safe = examined([START, choice, log("yes"), log("after", "{{default(yes.output, 0)}}")], *edges)
    assert safe.diagnostics == ()


def test_a_node_that_needs_both_sides_of_a_choice_can_never_run() -> None:
    choice = {"id": "c", "type": "if", "config": {"condition": "trigger.data.x"}}
    strict = {"id": "both", "type": "merge", "config": {"mode": "all"}}
    nodes = [START, choice, log("yes"), log("no"), strict]
    found = examined(
        nodes, "start -> c", "c.true -> yes", "c.false -> no", "yes -> both", "no -> both"
    )
    assert codes(found) == ["W2009"]


def test_an_error_branch_without_an_edge_fails_the_run_and_says_so() -> None:
    found = examined([START, log("a", on_error="branch")], "start -> a")
    assert codes(found) == ["W2033"]
    assert found.flow is not None and found.flow.nodes["a"].on_error is OnError.FAIL


def test_an_edge_from_the_error_port_makes_the_branch() -> None:
    found = examined([START, log("a"), log("b")], "start -> a", "a.error -> b")
    assert found.flow is not None and found.flow.nodes["a"].on_error is OnError.BRANCH


def test_a_disabled_node_passes_its_input_on_and_never_ends_the_check() -> None:
    off = {"id": "out", "type": "output", "disabled": True}
    found = examined([START, log("a", disabled=True), log("b"), off], "start->a", "a->b", "b->out")
    assert found.diagnostics == () and found.flow is not None
    assert isinstance(found.flow.nodes["a"].op, Decide)
    assert found.flow.results == ("out",)


def test_a_disabled_loop_takes_its_body_with_it() -> None:
    each = {"id": "each", "type": "for_each", "disabled": True}
    found = examined(
        [START, each, log("body"), log("after")],
        "start -> each.items", "each.item -> body", "body -> each.back", "each.done -> after",
    )  # fmt: skip
    assert codes(found) == ["W2031"]
    assert found.flow is not None and "body" not in found.flow.nodes


def test_a_missing_credential_and_one_of_another_type_are_told_apart() -> None:
    def call(credential: str) -> dict[str, Any]:
        config = {"url": "https://example.com", "credential": credential}
        return {"id": "call", "type": "http_request", "config": config}

    known = {"mine": "http_bearer", "other": "openai_compatible"}
    assert codes(examined([START, call("none")], "start->call", credentials=known)) == ["W3011"]
    assert codes(examined([START, call("other")], "start->call", credentials=known)) == ["W3012"]
    assert codes(examined([START, call("mine")], "start->call", credentials=known)) == []


def test_every_problem_is_reported_at_once() -> None:
    nodes = [
        START,
        {"id": "a", "type": "nope"},
        log("b", "{{ghost.output}}"),
        log("c", "{{ 1 + }}"),
        {"id": "d", "type": "delay", "config": {"seconds": []}},
    ]
    found = examined(nodes, "start -> b", "b.zip -> c", "c -> ghost")
    assert set(codes(found)) >= {"W3001", "W2020", "W3003", "W3002", "W2002", "W2001"}
    assert {item.node for item in found.diagnostics} >= {"a", "b", "c", "d"}


def test_the_workflows_http_limit_holds_where_a_node_names_none() -> None:
    call = {"id": "call", "type": "http_request", "config": {"url": "https://example.com"}}
    graph = {
        "schema": "weft/1",
        "nodes": [START, call],
        "edges": [{"source": "start", "target": "call"}],
        "settings": {"http_timeout_seconds": 7},
    }
    flow = examine(parse(graph), NodeCatalogue()).flow
    assert flow is not None
    op = flow.nodes["call"].op
    assert isinstance(op, Invoke) and op.config["timeout_seconds"] == Literal(7)


def test_a_body_leads_back_to_its_loop_by_the_back_port_alone() -> None:
    each = {"id": "each", "type": "for_each", "config": {}}
    around = ["start -> each.items", "each.item -> a", "a -> each.items", "each.done -> b"]
    found = examined([START, each, log("a"), log("b")], *around, "b -> each.items")
    told = [d for d in found.diagnostics if d.code == "W2011"]
    assert [(d.node, d.hint) for d in told] == [("a", "return to each.back")]
    assert found.flow is None
