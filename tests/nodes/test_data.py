"""Nodes that reshape data: every value is computed by both hosts' expressions."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from weft.domain.errors import PermanentStepError
from weft.ir.ops import Invoke, Result

PLAIN = st.none() | st.booleans() | st.integers(-99, 99) | st.text("ab", max_size=2)
VALUES = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.sampled_from("xyz"), PLAIN)
QUICK = settings(max_examples=40, deadline=None)


def test_declared_inputs_get_their_defaults(kit: Any) -> None:
    declared = [{"name": "topic", "type": "string"}, {"name": "n", "type": "number", "default": 5}]
    config = {"inputs": declared}

    def made(data: Any) -> Any:
        return kit.compute("input", config, trigger={"data": data})

    assert made({"topic": "a", "more": 1}) == {"topic": "a", "n": 5, "more": 1}
    assert made({"n": 0}) == {"topic": None, "n": 0}
    assert made({"n": None}) == {"topic": None, "n": 5}
    assert made("text") == made(None) == {"topic": None, "n": 5}


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ([{"name": "a"}, {"name": "a"}], "more than once: a"),
        ([{"name": "a", "type": "number", "default": "x"}], "no number"),
        ([{"name": "a", "type": "number", "default": True}], "no number"),
        ([{"name": ""}], "at least 1"),
        ([{"name": "a", "type": "date"}], "type"),
    ],
)
def test_wrongly_declared_inputs_are_refused(
    kit: Any, declared: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        kit.bind("input", {"inputs": declared})


def test_fields_are_made_of_what_arrives_and_of_other_nodes(kit: Any) -> None:
    fields = {"a": "{{ input.x }}", "b": ["{{ other.output.y }}", "kept"], "c": "{{x.z}} €"}
    made = kit.compute("set_fields", {"fields": fields}, input={"x": 1}, other={"y": 2}, x={"z": 3})
    assert made == {"a": 1, "b": [2, "kept"], "c": "3 €"}


def test_fields_over_the_input_keep_what_they_do_not_name(kit: Any) -> None:
    config = {"fields": {"a": 1}, "keep_input": True}
    assert kit.compute("set_fields", config, input={"a": 0, "b": 2}) == {"a": 1, "b": 2}
    assert kit.compute("set_fields", config, input=[1]) == {"a": 1}


@pytest.mark.parametrize("config", [{}, {"fields": []}, {"fields": {}, "surprise": 1}])
def test_fields_that_are_no_object_are_refused(kit: Any, config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kit.bind("set_fields", config)


@pytest.mark.parametrize("value", [None, True, 3, "a", [1], {"k": None}])
def test_a_template_always_makes_text(kit: Any, value: Any) -> None:
    assert isinstance(kit.compute("template", {"template": "{{ input }}"}, input=value), str)
    assert kit.compute("template", {"text": "[{% x %}{{ input }}]"}, input=None) == "[{% x %}]"


def test_json_is_written_with_sorted_keys(kit: Any) -> None:
    assert kit.compute("json_stringify", {}, input={"b": 1, "a": [None]}) == '{"a":[null],"b":1}'
    assert kit.compute("json_stringify", {"value": "{{ x.y }}"}, x={"y": "t"}) == '"t"'


def test_json_is_read(kit: Any, step: Any) -> None:
    op = kit.lower("json_parse", {}, input=1)
    assert isinstance(op, Invoke) and op.idempotent
    assert kit.arguments(op, input="[1]") == {"value": "[1]", "on_invalid": "fail"}
    assert kit.run("json_parse", {"value": '{"a": [1]}'}, step) == {"output": {"a": [1]}}
    assert kit.run("json_parse", {"value": {"a": 1}}, step) == {"output": {"a": 1}}


@pytest.mark.parametrize("text", ["", "{", "NaN", "{'a': 1}", "[1] x"])
def test_text_that_is_not_json_fails_or_gives_null(kit: Any, step: Any, text: str) -> None:
    with pytest.raises(PermanentStepError, match="not JSON"):
        kit.run("json_parse", {"value": text}, step)
    nothing = kit.run("json_parse", {"value": text, "on_invalid": "null"}, step)
    assert nothing == {"output": None}


def test_a_filter_keeps_items_in_order(kit: Any) -> None:
    config = {"condition": "item.n > limit.output and index < 3"}
    items = [{"n": 5}, {"n": 1}, {"n": 3}, {"n": 9}]
    assert kit.compute("filter", config, items=items, limit=2) == [{"n": 5}, {"n": 3}]


@pytest.mark.parametrize(
    ("items", "kept"), [(None, []), ([], []), ({"n": 1}, [{"n": 1}]), ([[1]], [[1]]), (7, [7])]
)
def test_a_filter_takes_what_is_no_list_as_one_item(kit: Any, items: Any, kept: Any) -> None:
    assert kit.compute("filter", {"condition": "true"}, items=items) == kept


def test_a_mapper_puts_every_item_through_its_expression(kit: Any) -> None:
    config = {"items": "{{ input.list }}", "expression": "{{ {at: index, twice: item * 2} }}"}
    op = kit.lower("mapper", {**config, "items": "{{ a.list }}"})
    made = kit.value(op.outputs["results"], a={"list": [4, 5]})
    assert made == [{"at": 0, "twice": 8}, {"at": 1, "twice": 10}]


@pytest.mark.parametrize("name", ["filter", "mapper"])
def test_an_expression_that_cannot_be_read_is_refused(kit: Any, name: str) -> None:
    field = "condition" if name == "filter" else "expression"
    with pytest.raises(ValidationError):
        kit.bind(name, {field: "item +"})
    with pytest.raises(ValidationError):
        kit.bind(name, {})


@pytest.mark.parametrize(
    ("mode", "many", "one"),
    [
        ("list", [3, 1, 3], []),
        ("count", 3, 0),
        ("sum", 7, 0),
        ("average", 7 / 3, None),
        ("min", 1, None),
        ("max", 3, None),
        ("join", "3, 1, 3", ""),
        ("unique", [3, 1], []),
        ("first", 3, None),
        ("last", 3, None),
    ],
)
def test_an_aggregate_of_many_and_of_none(kit: Any, mode: str, many: Any, one: Any) -> None:
    config = {"mode": mode}
    assert kit.compute("aggregate", config, input=[[3, 1, 3]]) == pytest.approx(many)
    assert kit.compute("aggregate", config, input=[3, 1, 3]) == pytest.approx(many)
    assert kit.compute("aggregate", config, input=[[]]) == one


def test_an_aggregate_of_a_field(kit: Any) -> None:
    items = [{"p": {"n": 2}}, {"p": {"n": 5}}]
    config = {"mode": "sum", "field": "p.n"}
    assert kit.compute("aggregate", config, input=[items]) == 7
    assert kit.compute("aggregate", {**config, "items": "{{ x.output }}"}, x=items) == 7
    with pytest.raises(ValidationError, match="is not a path"):
        kit.bind("aggregate", {"field": "a..b"})


@QUICK
@given(arrived=st.lists(VALUES, min_size=2, max_size=4))
def test_an_aggregated_list_is_what_arrived(kit: Any, arrived: list[Any]) -> None:
    assert kit.compute("aggregate", {}, input=arrived) == arrived
    assert kit.compute("aggregate", {"mode": "count"}, input=arrived) == len(arrived)


@QUICK
@given(numbers=st.lists(st.integers(-50, 50), min_size=1, max_size=6))
def test_the_average_lies_between_smallest_and_largest(kit: Any, numbers: list[int]) -> None:
    low, mean, high = (
        kit.compute("aggregate", {"mode": mode}, input=[numbers])
        for mode in ("min", "average", "max")
    )
    assert low <= mean <= high and mean * len(numbers) == pytest.approx(sum(numbers))


def test_a_result_is_what_arrives_or_what_is_written_down(kit: Any) -> None:
    here, named = kit.lower("output", {}, input=1), kit.lower("output", {"value": "{{ a.b }}!"})
    assert isinstance(here, Result) and not here.response
    assert kit.value(here.value, input=[1]) == [1]
    assert kit.value(named.value, a={"b": 2}) == "2!"


def test_a_response_has_status_headers_and_body(kit: Any) -> None:
    config = {"status": "{{ a.status }}", "headers": {"x-id": "{{ a.id }}"}}
    op = kit.lower("webhook_response", config, input=1)
    assert isinstance(op, Result) and op.response
    made = kit.value(op.value, a={"status": 404, "id": 7}, input={"k": 1})
    assert made == {"status": 404, "headers": {"x-id": 7}, "body": {"k": 1}}
    with pytest.raises(ValidationError, match="less than or equal to 599"):
        kit.bind("webhook_response", {"status": 600})


def test_a_log_line_is_written_and_the_input_goes_on(kit: Any, step: Any) -> None:
    op = kit.lower("log", {"message": "{{ input.id }}", "level": "{{ 'error' }}"}, input=1)
    assert kit.arguments(op, input={"id": 7})["message"] == 7
    assert kit.run("log", {"message": "m", "data": {"level": 1}}, step, {"input": [1]}) == {
        "output": [1]
    }
    kit.run("log", {"message": "{{ text }}", "level": "error", "data": 5}, step)
    assert step.lines == [
        ("info", "m", {"data": {"level": 1}}),
        ("error", "{{ text }}", {"data": {"value": 5}}),
    ]
    with pytest.raises(ValidationError):
        kit.bind("log", {"message": "m", "level": "loud"})
