"""Nodes that decide, wait, repeat and join."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from weft.ir.ops import ForEach, Invoke, Sleep
from weft.ir.ports import Join
from weft.ports.approval_desk import ApprovalRequest

PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2)
ITEMS = PLAIN | st.dictionaries(st.sampled_from("xyz"), PLAIN, max_size=3)
VALUES = ITEMS | st.lists(ITEMS, max_size=3)
ARRIVED = st.lists(VALUES, min_size=1, max_size=4)
QUICK = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(
    ("left", "operator", "right", "holds"),
    [
        (1, "equals", 1.0, True),
        ("1", "equals", 1, False),
        ([1, {"a": None}], "equals", [1, {"a": None}], True),
        ("a", "not_equals", "b", True),
        ("abc", "contains", "b", True),
        ([1, 2], "contains", 2, True),
        ({"k": 1}, "contains", "k", True),
        (None, "contains", "b", False),
        ("abc", "not_contains", "b", False),
        (None, "not_contains", "b", True),
        ("abc", "starts_with", "ab", True),
        (5, "starts_with", "5", False),
        ("abc", "ends_with", "bc", True),
        (2, "greater", 1, True),
        ("2", "greater", 1, False),
        (1, "greater_or_equal", 1, True),
        ("a", "less", "b", True),
        (None, "less", 1, False),
        (1, "less_or_equal", 0, False),
        ("", "is_empty", None, True),
        ([], "is_empty", None, True),
        ({}, "is_empty", None, True),
        (None, "is_empty", None, True),
        (0, "is_empty", None, False),
        (False, "is_empty", None, False),
        ([0], "is_not_empty", None, True),
        (None, "exists", None, False),
        (False, "exists", None, True),
        ("order-17", "matches", "^order-[0-9]+$", True),
        ("x order-17", "matches", "^order", False),
        (17, "matches", "1", False),
    ],
)
def test_a_comparison(kit: Any, left: Any, operator: str, right: Any, holds: bool) -> None:
    one = {"left": "{{ input }}", "operator": operator, "right": right}
    assert kit.chosen("if", {"conditions": [one]}, input=left) == ["true" if holds else "false"]


def test_comparisons_are_combined(kit: Any) -> None:
    both = [{"left": "{{ input.a }}", "right": 1}, {"left": "{{ input.b }}", "right": 2}]
    for combine, ports in (("all", ["false"]), ("any", ["true"])):
        config = {"conditions": both, "combine": combine}
        assert kit.chosen("if", config, input={"a": 1, "b": 3}) == ports
        assert kit.chosen("if", config, input={"a": 1, "b": 2}) == ["true"]


@pytest.mark.parametrize("condition", ["input.n > 3", "{{ input.n > 3 }}", " {{input.n > 3}} "])
def test_a_condition_is_an_expression_with_or_without_braces(kit: Any, condition: str) -> None:
    assert kit.chosen("if", {"condition": condition}, input={"n": 4}) == ["true"]
    assert kit.chosen("if", {"condition": condition}, input={"n": "4"}) == ["false"]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"condition": "true", "conditions": [{"left": 1}]},
        {"condition": "a ="},
        {"conditions": [{"left": 1, "operator": "like"}]},
        {"conditions": [{"left": 1, "operator": "matches", "right": "("}]},
        {"conditions": [{"left": 1, "operator": "matches", "right": "{{ x }}"}]},
    ],
)
def test_an_if_that_asks_nothing_or_nonsense_is_refused(kit: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kit.bind("if", config)


def test_a_switch_takes_the_first_case_that_holds(kit: Any) -> None:
    cases = [
        {"name": "bug", "equals": "bug"},
        {"port": "urgent", "when": "input.level > 3"},
    ]
    config = {"value": "{{ input.kind }}", "cases": cases}

    def taken(**data: Any) -> Any:
        return kit.chosen("switch", config, input=data)

    assert taken(kind="bug", level=9) == ["bug"]
    assert taken(kind="wish", level=9) == ["urgent"]
    assert taken(kind="wish", level=1) == taken() == ["default"]
    every = {**config, "every_match": True}
    assert kit.chosen("switch", every, input={"kind": "bug", "level": 9}) == ["bug", "urgent"]
    ports = [port.name for port in kit.bind("switch", config).outputs]
    assert ports == ["bug", "urgent", "default"]


def test_a_switch_without_a_value_looks_at_what_arrives(kit: Any) -> None:
    config = {"cases": [{"name": "no", "equals": False}, {"name": "none", "equals": 0}]}
    assert kit.chosen("switch", config, input=False) == ["no"]
    assert kit.chosen("switch", config, input=0) == ["none"]


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ([], "at least 1"),
        ([{"name": "a"}], "needs either"),
        ([{"name": "a", "equals": 1, "when": "true"}], "needs either"),
        ([{"name": "a", "equals": 1}, {"name": "a", "equals": 2}], "two cases"),
        ([{"name": "default", "equals": 1}], "has a meaning"),
        ([{"name": "error", "equals": 1}], "has a meaning"),
        ([{"name": " ", "equals": 1}], "at least 1"),
    ],
)
def test_a_switch_with_wrong_cases_is_refused(
    kit: Any, cases: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("switch", {"cases": cases})


@QUICK
@given(arrived=ARRIVED)
def test_merges_follow_their_laws(kit: Any, arrived: list[Any]) -> None:
    def merged(mode: str) -> Any:
        return kit.compute("merge", {"mode": mode}, input=arrived)

    lists = [v if isinstance(v, list) else [v] for v in arrived]
    objects = [v for v in arrived if isinstance(v, dict)]
    rows = [[] if v is None else v if isinstance(v, list) else [v] for v in arrived]
    assert merged("pass") == arrived[0]
    assert merged("all") == arrived
    assert merged("append") == [item for part in lists for item in part]
    assert merged("combine") == {k: v for part in objects for k, v in part.items()}
    assert merged("zip") == [list(row) for row in zip(*rows, strict=False)]


@QUICK
@given(arrived=ARRIVED)
def test_a_merge_joins_each_item_with_the_first_of_the_same_key(
    kit: Any, arrived: list[Any]
) -> None:
    def listed(value: Any) -> list[Any]:
        return [] if value is None else value if isinstance(value, list) else [value]

    def key(item: Any) -> Any:
        value = item.get("x") if isinstance(item, dict) else None
        return (type(value) is bool, value)

    wanted = listed(arrived[0])
    for other in arrived[1:]:
        others = listed(other)
        made = []
        for item in wanted:
            match = next((o for o in others if key(o) == key(item)), None)
            if not isinstance(item, dict) or match is None:
                made.append(item)
            else:
                made.append({**item, **match} if isinstance(match, dict) else None)
        wanted = made
    found = kit.compute("merge", {"mode": "join", "key": "x"}, input=arrived)
    assert found == wanted


def test_only_a_strict_merge_waits_for_every_way(kit: Any) -> None:
    node = kit.type("merge")
    rules = {
        mode: node.join_rule(kit.bind("merge", {"mode": mode}).config)
        for mode in ("pass", "append", "combine", "zip", "all")
    }
    assert rules.pop("all") is Join.ALL_EDGES
    assert set(rules.values()) == {Join.ANY_PORT}


@pytest.mark.parametrize("config", [{"mode": "join"}, {"mode": "zip", "key": "k"}, {"mode": "mix"}])
def test_a_merge_with_the_wrong_key_is_refused(kit: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kit.bind("merge", config)


def test_a_loop_runs_over_what_arrives_or_what_is_named(kit: Any) -> None:
    here = kit.lower("for_each", {}, items=1)
    named = kit.lower("for_each", {"items": "{{ a.b }}", "concurrency": 3, "on_item_error": "skip"})
    assert isinstance(here, ForEach) and isinstance(named, ForEach)
    assert kit.value(here.items, items=[1]) == [1]
    assert kit.value(named.items, a={"b": [2]}) == [2]
    assert (here.concurrency, here.skip_failed) == (0, False)
    assert (named.concurrency, named.skip_failed) == (3, True)
    ports = {port.name for port in kit.type("for_each").inputs if port.gates}
    assert ports == {"items"}
    with pytest.raises(ValidationError):
        kit.bind("for_each", {"concurrency": -1})


def test_a_wait_is_of_seconds_or_until_a_time(kit: Any) -> None:
    for_a_while = kit.lower("delay", {"seconds": "{{ input.s }}"}, input=1)
    until = kit.lower("delay", {"until": "2031-05-04T09:00:00Z"}, input=1)
    assert isinstance(for_a_while, Sleep) and for_a_while.until is None
    assert isinstance(until, Sleep) and until.seconds is None
    assert for_a_while.seconds is not None and kit.value(for_a_while.seconds, input={"s": 5}) == 5
    assert until.until is not None and kit.value(until.until) == "2031-05-04T09:00:00Z"
    assert kit.value(until.value, input=[1]) == [1]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "either seconds or until"),
        ({"seconds": 1, "until": "2031-05-04T09:00:00Z"}, "either seconds or until"),
        ({"seconds": -1}, "greater than or equal to 0"),
        ({"seconds": 31_536_001}, "less than or equal"),
        ({"seconds": "soon"}, "number"),
        ({"until": "tomorrow"}, "is no time"),
        ({"until": "2031-05-04 09:00Z"}, "is no time"),
        ({"until": "2031-05-04T09:00:00"}, "no time zone"),
    ],
)
def test_a_wait_that_makes_no_sense_is_refused(kit: Any, config: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("delay", config)


def test_an_approval_goes_the_way_of_the_decision(kit: Any) -> None:
    op = kit.lower("approval", {"title": "Go?"})
    assert isinstance(op, Invoke) and op.callback and op.timeout_port is None
    assert kit.route(op.routes, {"decision": "approved"}) == "approved"
    for other in ({"decision": "rejected"}, {"decision": None}, None, "approved"):
        assert kit.route(op.routes, other) == "rejected"


@pytest.mark.parametrize(
    ("on_timeout", "port", "ports"),
    [
        ("fail", None, ["approved", "rejected"]),
        ("approve", "approved", ["approved", "rejected"]),
        ("reject", "rejected", ["approved", "rejected"]),
        ("branch", "timeout", ["approved", "rejected", "timeout"]),
    ],
)
def test_silence_means_what_the_author_says(
    kit: Any, on_timeout: str, port: str | None, ports: list[str]
) -> None:
    node = kit.bind("approval", {"timeout_seconds": 60, "on_timeout": on_timeout})
    op = kit.type("approval").lower(node)
    assert isinstance(op, Invoke) and op.timeout is not None
    assert (op.timeout_port, [p.name for p in node.outputs]) == (port, ports)
    assert kit.value(op.timeout) == 60


def test_an_approval_leaves_its_question_with_the_desk(kit: Any, step: Any) -> None:
    config = {"title": "T", "message": "{{ m }}", "details": [1], "approvers": ["ada"]}
    assert kit.run("approval", {**config, "timeout_seconds": 9}, step) == {}
    (asked,) = step.asked
    assert isinstance(asked, ApprovalRequest)
    assert (asked.title, asked.message, asked.details) == ("T", "{{ m }}", [1])
    assert (asked.approvers, asked.options) == (("ada",), ("approved", "rejected"))
    assert asked.expires_in_seconds == 9
    with pytest.raises(ValidationError):
        kit.bind("approval", {"timeout_seconds": 0})


def test_what_a_call_is_made_with_fits_the_config_it_is_read_by(kit: Any) -> None:
    op = kit.lower("approval", {"message": "{{ a.b }}", "approvers": ["{{ a.who }}"]})
    read = kit.config("approval", kit.arguments(op, a={"b": "text {{", "who": "ada"}))
    assert (read.message, read.approvers) == ("text {{", ["ada"])
