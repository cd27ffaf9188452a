"""The resolver says what the interpreter says, whatever the order in which answers come."""

import random
from typing import Any

import pytest

from weft.expressions.ast import Literal, Ref, RefKind
from weft.ir.flow import Flow, OnError
from weft.ir.ops import ForEach
from weft.semantics.answers import Failed, Ok, Running, Waiting
from weft.semantics.facts import Status
from weft.semantics.interpreter import interpret
from weft.semantics.outcome import Outcome
from weft.semantics.resolver import Change, Resolver, resolve

RUN: Any = {"id": "r"}


def answers_of(flow: Flow, make: Any, seed: int) -> tuple[Outcome, dict[Any, Any]]:
    oracle, given = make.Chance(seed), {}

    def asked(node_id: str, path: Any, arguments: Any) -> Any:
        given[node_id, path] = oracle(node_id, path, arguments)
        return given[node_id, path]

    return interpret(flow, make.envelope([1, 2]), RUN, asked), given


@pytest.mark.parametrize("block", range(8))
def test_any_order_of_answers_gives_the_interpreters_statuses_and_values(
    make: Any, block: int
) -> None:
    compared = 0
    for seed in range(block * 60, block * 60 + 60):
        flow = make.random_flow(seed)
        outcome, given = answers_of(flow, make, seed)
        resolver = Resolver(flow, make.envelope([1, 2]), RUN)
        told = list(resolver.opening)
        order = list(given)
        random.Random(seed).shuffle(order)
        for at in order:
            told += resolver.learn(at[0], at[1], given[at])
        assert resolver.facts.statuses == outcome.statuses, seed
        assert resolver.facts.values == outcome.values, seed
        assert bool(resolver.failing) == (outcome.status == "failed")
        assert resolver.failing.keys() <= outcome.failing.keys()
        assert [change.order for change in told] == list(range(len(told)))
        assert last_told(told) == outcome.statuses
        if not outcome.failing:
            assert resolver.is_over()
            assert resolver.result() == outcome.result
        compared += len(outcome.statuses)
    assert compared > 500  # the flows do something


def last_told(told: list[Change]) -> dict[Any, Status]:
    return {(change.node, change.path): change.status for change in told}


def test_effects_are_due_when_the_interpreter_would_call_them(make: Any) -> None:
    for seed in range(100):
        flow = make.random_flow(seed)
        outcome, given = answers_of(flow, make, seed)
        called = {(c.node, c.path): c.arguments for c in outcome.effects}
        resolver = Resolver(flow, make.envelope([1, 2]), RUN)
        while due := resolver.due():
            for at in due:
                assert resolver.arguments(*at) == called.pop(at), seed
                resolver.learn(*at, given[at])
        assert not called, seed


def chain(make: Any) -> Flow:
    nodes = [make.start(), make.call("a"), make.pure("p"), make.decide("d", Literal(True))]
    nodes += [make.call("b"), make.call("c")]
    return make.flow(nodes, "t>a; a>p; p>d; d.true>b; d.false>c")  # type: ignore[no-any-return]


def test_what_does_not_depend_on_an_open_effect_is_resolved(make: Any) -> None:
    seen = resolve(chain(make), make.envelope(), RUN, {})
    assert seen.statuses == {("t", ()): "success"}
    seen = resolve(chain(make), make.envelope(), RUN, {("a", ()): Running()})
    assert seen.statuses["a", ()] == "running"
    seen = resolve(chain(make), make.envelope(), RUN, {("a", ()): Ok({"output": 5})})
    assert seen.statuses["c", ()] == "skipped"
    assert ("b", ()) not in seen.statuses
    assert seen.values["p", ()] == 5


def test_an_answer_changes_the_effect_first_and_then_what_hangs_on_it(make: Any) -> None:
    resolver = Resolver(chain(make), make.envelope(), RUN)
    changes = resolver.learn("a", (), Ok({"output": 5}))
    assert [c.node for c in changes] == ["a", "p", "d", "c"]
    assert [c.status for c in changes] == ["success", "success", "success", "skipped"]


def test_saying_a_thing_twice_changes_nothing(make: Any) -> None:
    resolver = Resolver(chain(make), make.envelope(), RUN)
    assert resolver.learn("a", (), Waiting())
    assert resolver.learn("a", (), Waiting()) == []
    assert resolver.learn("a", (), Ok({"output": 5}))
    assert resolver.learn("a", (), Failed("E")) == []
    assert resolver.learn("a", (), Running()) == []
    assert resolver.learn("p", (), Ok({"output": 6})) == []


def test_an_unknown_node_is_refused(make: Any) -> None:
    with pytest.raises(KeyError, match="ghost"):
        Resolver(chain(make), make.envelope(), RUN).learn("ghost", (), Ok())


def looped(make: Any, count: int, **more: Any) -> Flow:
    each = make.for_each("f", Literal(list(range(count))), **more)
    nodes = [make.start(), each, make.call("b", scope="f"), make.call("z")]
    return make.flow(nodes, "t>f; f.item>b; b>f.back; f.done>z")  # type: ignore[no-any-return]


def test_a_for_each_runs_from_its_first_item_to_its_last(make: Any) -> None:
    resolver = Resolver(looped(make, 2), make.envelope(), RUN)
    assert [(c.node, c.status) for c in resolver.opening][-1] == ("f", "running")
    assert resolver.facts.counts["f", ()] == 2
    assert [c.node for c in resolver.learn("b", (1,), Ok({"output": "y"}))] == ["b"]
    changes = resolver.learn("b", (0,), Ok({"output": "x"}))
    assert [(c.node, c.path, c.value) for c in changes] == [
        ("b", (0,), "x"),
        ("f", (), ["x", "y"]),
    ]


def test_the_host_may_say_that_a_for_each_failed(make: Any) -> None:
    resolver = Resolver(looped(make, 2), make.envelope(), RUN)
    changes = resolver.learn("f", (), Failed("States.DataLimitExceeded", "too large"))
    assert [(c.node, c.status) for c in changes] == [("f", "error")]
    assert resolver.is_over()


def test_a_thousand_items_cost_a_look_per_edge(make: Any) -> None:
    """The looks at single facts grow with the items, not with their square."""

    def looks(count: int) -> int:
        flow = looped(make, count)
        resolver = Resolver(flow, make.envelope(), RUN)
        counted = _Counting(resolver.facts.live)
        resolver.facts.live = counted
        for index in range(count):
            resolver.learn("b", (index,), Ok({"output": index}))
        op = flow.nodes["f"].op
        assert isinstance(op, ForEach)
        assert resolver.facts.values["f", ()] == list(range(count))
        return counted.looks

    assert looks(1000) <= 11 * looks(100)


class _Counting(dict[Any, Any]):
    looks = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)


def test_a_second_error_in_an_item_that_is_given_up_changes_nothing_more(make: Any) -> None:
    each = make.for_each("f", Literal([1, 2]), skip_failed=True)
    nodes = [make.start(), each, make.call("b", scope="f"), make.call("c", scope="f")]
    flow = make.flow(nodes, "t>f; f.item>b; f.item>c; b>f.back")
    resolver = Resolver(flow, make.envelope(), RUN)
    for node_id in "bc":
        assert [c.node for c in resolver.learn(node_id, (0,), Failed("E"))] == [node_id]
    resolver.learn("b", (1,), Ok({"output": "y"}))
    told = resolver.learn("c", (1,), Ok())
    assert [(c.node, c.value) for c in told] == [("c", None), ("f", [None, "y"])]


def test_a_handled_for_each_is_over_at_the_first_error_and_its_body_reads_null(make: Any) -> None:
    each = make.for_each("f", Literal([1, 2]), on_error=OnError.CONTINUE, on_error_value=0)
    nodes = [make.start(), each, make.call("b", scope="f")]
    nodes.append(make.pure("z", Ref(RefKind.NODE, "b")))
    flow = make.flow(nodes, "t>f; f.item>b; b>f.back; t>z", [("f", "z")])
    resolver = Resolver(flow, make.envelope(), RUN)
    resolver.learn("b", (0,), Ok({"output": "x"}))
    told = resolver.learn("b", (1,), Failed("E"))
    assert [(c.node, c.status, c.value) for c in told] == [
        ("b", "error", None),
        ("f", "error", 0),
        ("z", "success", None),
    ]


def test_items_that_end_after_the_host_gave_the_loop_up_change_only_themselves(make: Any) -> None:
    resolver = Resolver(looped(make, 2), make.envelope(), RUN)
    resolver.learn("f", (), Failed("States.Runtime"))
    told = [c for k in (0, 1) for c in resolver.learn("b", (k,), Ok({"output": k}))]
    assert [c.node for c in told] == ["b", "b"]
