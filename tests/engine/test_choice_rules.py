"""The comparisons of a JSONPath Choice."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.asl.verify.rules.choices import OPERATORS as CHECKED
from weft.engine.jsonpath.rules import OPERATORS, wildcard

T = "2012-10-09T19:00:55Z"
LATER = "2012-10-09T20:00:55.001+01:00"


async def chosen(lab: Any, rule: dict[str, Any], input: Any, **state: Any) -> Any:
    """Whether the rule held."""
    states = {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "Y"}], "Default": "N", **state},
        "Y": {"Type": "Pass", "Result": True, "End": True},
        "N": {"Type": "Pass", "Result": False, "End": True},
    }
    ended = await lab.run(states, input, QueryLanguage="JSONPath")
    return ended.output if ended.status == "SUCCEEDED" else (ended.error, ended.cause)


@pytest.mark.parametrize(
    ("name", "left", "right", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", 1, "1", False),
        ("StringLessThan", "a", "b", True),
        ("StringGreaterThan", "a", "a", False),
        ("StringLessThanEquals", "a", "a", True),
        ("StringGreaterThanEquals", "b", "a", True),
        ("NumericEquals", 1, 1.0, True),
        ("NumericEquals", True, 1, False),
        ("NumericLessThan", 1, 2, True),
        ("NumericGreaterThan", 1, 2, False),
        ("NumericLessThanEquals", 2, 2, True),
        ("NumericGreaterThanEquals", 1, 2, False),
        ("BooleanEquals", False, False, True),
        ("BooleanEquals", 0, False, False),
        ("TimestampEquals", T, "2012-10-09T20:00:55+01:00", True),
        ("TimestampLessThan", T, LATER, True),
        ("TimestampGreaterThan", LATER, T, True),
        ("TimestampLessThanEquals", LATER, T, False),
        ("TimestampGreaterThanEquals", T, T, True),
        ("TimestampEquals", "yesterday", T, False),
    ],
)
async def test_a_comparison_holds_for_values_of_its_type_only(
    lab: Any, name: str, left: Any, right: Any, holds: bool
) -> None:
    assert await chosen(lab, {"Variable": "$.l", name: right}, {"l": left}) is holds
    by_path = {"Variable": "$.l", f"{name}Path": "$.r"}
    assert await chosen(lab, by_path, {"l": left, "r": right}) is holds


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [("IsNull", None, True), ("IsNull", 0, False), ("IsPresent", None, True),
     ("IsNumeric", 1, True), ("IsNumeric", True, False), ("IsString", "", True),
     ("IsBoolean", False, True), ("IsTimestamp", T, True), ("IsTimestamp", "2012", False)],
)  # fmt: skip
async def test_a_type_test_holds(lab: Any, name: str, value: Any, holds: bool) -> None:
    assert await chosen(lab, {"Variable": "$.v", name: True}, {"v": value}) is holds
    assert await chosen(lab, {"Variable": "$.v", name: False}, {"v": value}) is not holds


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [("log-*.txt", "log-1.txt", True), ("log-*.txt", "log-1.csv", False), ("*", "", True),
     (r"a\*b", "a*b", True), (r"a\*b", "axb", False), (r"a\\*", "a\\x", True),
     ("a.c", "abc", False), ("a**c", "a\nc", True)],
)  # fmt: skip
def test_wildcards_match(pattern: str, text: str, matches: bool) -> None:
    assert wildcard(pattern)(text) is matches


@given(st.lists(st.sampled_from(["a", "b", "*"])), st.text(alphabet="ab"))
def test_wildcards_match_as_the_regular_expression_does(pattern: list[str], text: str) -> None:
    form = "".join(".*" if sign == "*" else sign for sign in pattern)
    assert wildcard("".join(pattern))(text) is (re.fullmatch(form, text) is not None)


def test_many_wildcards_in_a_long_text_take_no_time_to_speak_of() -> None:
    assert wildcard("*a" * 50 + "*b")("a" * 200_000) is False


async def test_rules_combine(lab: Any) -> None:
    big, text = {"Variable": "$.n", "NumericGreaterThan": 5}, {"Variable": "$.t", "IsPresent": True}
    assert await chosen(lab, {"And": [big, {"Not": text}]}, {"n": 6}) is True
    assert await chosen(lab, {"And": [big, {"Not": text}]}, {"n": 6, "t": 1}) is False
    assert await chosen(lab, {"Or": [big, text]}, {"n": 1, "t": 1}) is True


async def test_a_variable_that_is_missing_ends_the_run(lab: Any) -> None:
    error, cause = await chosen(lab, {"Variable": "$.v", "StringEquals": "a"}, {})
    assert error == "States.Runtime"
    assert cause.endswith(
        "Invalid path '$.v': The choice state's condition path references an invalid value."
    )


async def test_rules_see_the_effective_input_variables_and_the_context(lab: Any) -> None:
    rule = {"Variable": "$.n", "NumericEquals": 1}
    assert await chosen(lab, rule, {"in": {"n": 1}}, InputPath="$.in") is True
    rule = {"Variable": "$$.State.Name", "StringEquals": "C"}
    assert await chosen(lab, rule, {}) is True


def test_the_check_of_definitions_knows_the_same_comparisons() -> None:
    assert CHECKED.keys() == OPERATORS
