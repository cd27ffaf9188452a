"""The JSONata port: the same rules over both libraries."""

from typing import Any

import pytest

from weft.engine.jsonata import MISSING, Jsonata, JsonataError, JsonataSyntaxError
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata


@pytest.fixture(params=[FastJsonata, ReferenceJsonata], ids=["fast", "reference"])
def port(request: Any) -> Jsonata:
    """Each of the two libraries in turn."""
    made: Jsonata = request.param()
    return made


def evaluate(port: Jsonata, text: str, **bindings: Any) -> Any:
    """Evaluate with bindings and no document."""
    return port.compile(text).evaluate(None, bindings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 1", 2),
        ("$states.input.a.b", 3),
        ("$states.input.list[$ > 1]", [2, 3]),
        ("$v & '!'", "yes!"),
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(1, 9, 9)", 1),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$length($hash('a', 'SHA-512'))", 128),
        ("$length($uuid())", 36),
        ('$parse("{\\"a\\": [1, null]}")', {"a": [1, None]}),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
        ("'$random(1)'", "$random(1)"),
        ("$map([1,2], function($x) { $x * 2 })", [2, 4]),
        ("'naïve ☃ 𝄞'", "naïve ☃ 𝄞"),
    ],
)
def test_expressions_have_their_value(port: Jsonata, text: str, value: Any) -> None:
    states = {"input": {"a": {"b": 3}, "list": [1, 2, 3]}}
    assert evaluate(port, text, states=states, v="yes") == value


@pytest.mark.parametrize("text", ["$states.input.none", "$none", "null", "[1, null][1]"])
def test_null_is_null(port: Jsonata, text: str) -> None:
    assert evaluate(port, text, states={"input": {"none": None}}, none=None) is None


@pytest.mark.parametrize("text", ["$states.input.gone", "$gone", "{'a': 1}.b", "[][0]"])
def test_undefined_is_not_null(port: Jsonata, text: str) -> None:
    assert evaluate(port, text, states={"input": {"none": None}}) is MISSING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$nosuch(1)", "T1006"),
        ("$eval('1')", "T1006"),
        ("'a' + 1", "T2001"),
        ("$error('no')", "D3137"),
        ("1/0", "D1001"),
        ("$parse('{')", "D3121"),
        ("($f := function($n) { 1 + $f($n) }; $f(1))", "U1001"),
    ],
)
def test_failures_carry_their_code(port: Jsonata, text: str, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        evaluate(port, text)
    assert caught.value.code == code


def test_an_endless_expression_is_stopped(port: Jsonata) -> None:
    text = "($f := function($n) { $n = 0 ? 0 : $f($n + 1) }; $f(1))"
    with pytest.raises(JsonataError) as caught:
        evaluate(port, text)
    assert caught.value.code == "U1001"


@pytest.mark.parametrize("text", ["(", "a.b.(", "1 +", "{% %}", "function("])
def test_what_does_not_parse_is_a_syntax_error(port: Jsonata, text: str) -> None:
    with pytest.raises(JsonataSyntaxError):
        port.compile(text)


def test_a_variable_may_hide_a_built_in_function(port: Jsonata) -> None:
    assert evaluate(port, "[$count, $sum([1, 2])]", count=5) == [5, 3]
    assert evaluate(port, "'$count' & $count", count=5) == "$count5"
    assert evaluate(port, "$count([1, 2])") == 2


def test_evaluating_leaves_the_input_as_it_was(port: Jsonata) -> None:
    states = {"input": {"list": [3, 1, 2], "o": {"a": None}}}
    evaluate(port, "$sort($states.input.list)", states=states)
    evaluate(port, "$states.input ~> |o|{'a': 5}|", states=states)
    assert states == {"input": {"list": [3, 1, 2], "o": {"a": None}}}
