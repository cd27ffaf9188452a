"""The ways in which JSONata and its engines surprise, one by one: each is written so that none
shows. All three engines give what the reference evaluator gives, which is what stands here."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.expressions.campaign import bindings_of, name_of, same

from weft.expressions.ast import JsonValue, Ref, RefKind
from weft.expressions.evaluate import evaluate
from weft.expressions.not_native import not_native
from weft.expressions.parse import parse_expression
from weft.expressions.to_jsonata import to_jsonata


@dataclass(frozen=True)
class Hazard:
    """A surprise: expressions over `x` that would meet it, the data, and what they mean."""

    name: str
    x: JsonValue
    means: dict[str, JsonValue]


# ruff: noqa: E501 - data reads better unwrapped
# fmt: off
HAZARDS = (
    Hazard("undefined is an error as a result, and vanishes from objects and arrays", {}, {
        "x.a": None, "[x.a, 1, x.b]": [None, 1, None], "{'k': x.a}": {"k": None},
        "x.a.b[3].c": None, "nobody": None,
    }),
    Hazard("arrays of one become their element", [7], {
        "x | map(i => i + 1)": [8], "x | filter(i => i == 7)": [7], "x | filter(i => i == 8)": [],
        "{'a': 1} | keys": ["a"], "{'a': 1} | values": [1], "x | sort": [7], "x | unique": [7],
        "x | reverse": [7], "x[0:1]": [7], "'a' | split(',')": ["a"], "x + []": [7],
        "x | groupby(i => i)": [{"key": 7, "items": [7]}], "range(4, 5)": [4],
        "x | reduce((a, i) => [i], null)": [7], "{'a': 1} | items": [{"key": "a", "value": 1}],
    }),
    Hazard("a fold without a start begins with the first element", [0.5, 2], {
        "x | reduce((a, i) => a, x.nope)": None, "x | reduce((a, i) => [a, i], nobody)": [[None, 0.5], 2],
        "x[0:1] | reduce((a, i) => a, x[7])": None, "[] | reduce((a, i) => a, x.nope)": None,
    }),
    Hazard("nested arrays are flattened", [[1], [], [[2]], 3], {
        "[x]": [[[1], [], [[2]], 3]], "x | map(i => i)": [[1], [], [[2]], 3],
        "[x[0], x[1]]": [[1], []], "x | filter(i => true)": [[1], [], [[2]], 3],
        "[x[0]] | map(i => i)": [[1]], "[[]] | map(i => i)": [[]], "x | first": [1],
        "x | flatten": [1, [2], 3], "x | reduce((a, i) => a + [i], [])": [[1], [], [[2]], 3],
        "{'k': x[0]}.k": [1], "x | unique": [[1], [], [[2]], 3], "x[2:3]": [[[2]]],
        "x | groupby(i => type(i)) | map('items')": [[[1], [], [[2]]], [3]],
    }),
    Hazard("true and 1 are one to an engine that asks its own language", [1, True, {"a": False}, {"a": 0}], {
        "x | unique": [1, True, {"a": False}, {"a": 0}], "x | groupby(i => i) | length": 4,
    }),
    Hazard("more decimals are asked for than a double holds", 999999999999999.9, {
        "round(x, 2)": 999999999999999.9, "round(x, 15)": 999999999999999.9, "round(x)": 1e15,
    }),
    Hazard("a product of what is nearly too large is too large, or not", -1e300, {
        "(1.797e308 // x) * x": None,
    }),
    Hazard("a path maps over arrays and an index takes texts", [{"p": 1}, {"p": [2]}], {
        "x.p": None, "x | map('p')": [1, [2]], "x[0].p": 1, "'abc'[0]": None, "x[0][0]": None,
        "x['p']": None, "x[-1].p": [2], "x[5]": None, "5[0]": None,
    }),
    Hazard("a null as the base of a path is an error", None, {
        "x.a": None, "x[0]": None, "null.a": None, "x | map('a')": None, "(x | default({})).a": None,
    }),
    Hazard("other values are false", [0], {
        "x ? 1 : 2": 1, "[] ? 1 : 2": 2, "'false' ? 1 : 2": 1, "not {}": True, "[[]] and true": True,
        "{'a': null} or false": True, "x | filter(i => [i])": [0], "0.0 or ''": False,
    }),
    Hazard("the rest of a division has the sign of the dividend", -7, {
        "x % 3": 2, "7 % -3": -2, "x // 2": -4, "x / 0": None, "x % 0": None, "5.5 % 2": 1.5,
        "1e308 // 0.1": None, "9007199254740991 % 10": 1,
    }),
    Hazard("in, == and < are of other types", {"a": [1, "1"], "n": None}, {
        "'b' in 'abc'": True, "'a' in x": True, "1 in x.a": True, "true in x.a": False,
        "1 == '1'": False, "true == 1": False, "x.n == null": True, "x.nope == null": True,
        "1 < 'a'": False, "null < 1": False, "[1] < [2]": False, "x == {'n': null, 'a': [1, '1']}": True,
        "[1] in [[1]]": True, "'' in 'a'": True,
    }),
    Hazard("numbers have other digits in text", 0.1, {
        "(x + 0.2) ~ ''": "0.3", "1.0 ~ ''": "1", "1e21 ~ ''": "1e+21", "1e-7 ~ ''": "1e-7",
        "1152921504606846976.0 ~ ''": "1152921504606846976", "1e20 ~ ''": "100000000000000000000",
        "12345678901234567890.0 ~ ''": "12345678901234567168", "-(0) ~ ''": "0", "5e-324 ~ ''": "0",
        "1.2345678901234567e25 ~ ''": "1.23456789012346e+25", "1234567890123.125 ~ ''": "1234567890123.12",
        "0.1000213623046875 ~ ''": "0.100021362304688", "1000000000000000.5 ~ ''": "1000000000000000",
        "999999999999999.9 ~ ''": "1000000000000000", "1.7976931348623157e308 ~ ''": "1.797e+308",
        "9007199254740991 ~ ''": "9007199254740991", "33582379214123.453 | round(1)": 33582379214123.4,
    }),
    Hazard("null and booleans in text", None, {
        "x ~ 'x'": "x", "true ~ ''": "true", "[x, true] ~ ''": "[null,true]", "x | string": "",
        "{'a': x} | tojson": '{"a":null}', "[x, 1] | join('-')": "-1",
    }),
    Hazard("functions of text refuse what is none", [1, None, "a", [2]], {
        "x | join(',')": "1,,a,[2]", "5 | upper": None, "x | upper": None, "null | split(',')": None,
        "5 | replace('a', 'b')": None, "'a' | startswith(1)": None, "x | matches('a')": None,
    }),
    Hazard("the order of keys differs, of those like integers above all", {"10": 1, "9": 2, "b": 3, "01": 4}, {
        "x | keys": ["01", "10", "9", "b"], "x | values": [4, 1, 2, 3], "x ~ ''": '{"01":4,"10":1,"9":2,"b":3}',
        "x | items | first": {"key": "01", "value": 4}, "{'2': 1, '1': 2} | tojson": '{"1":2,"2":1}',
        "x == {'b': 3, '9': 2, '10': 1, '01': 4}": True,
    }),
    Hazard("every JavaScript object has keys of its own", {"constructor": 1}, {
        "x.constructor": 1, "x.toString": None, "'toString' in x": False, "{}['valueOf']": None,
        "[{'key': 'hasOwnProperty', 'value': 1}] | fromitems": {"hasOwnProperty": 1},
        "[{'key': '__proto__', 'value': 1}] | fromitems": None,
    }),
    Hazard("text beyond ASCII is escaped, and beyond U+FFFF is two units", "é😀", {
        "x | length": 2, "x[1:]": "😀", "[x] ~ ''": '["é😀"]', "x ~ '\"\n'": "é😀\"\n", "[x ~ '\n'] ~ ''": '["é😀\\n"]',
        "['😀', '\uff01', '\uffff', 'z'] | sort": ["z", "\uff01", "\uffff", "😀"], "'😀' > '\uff01'": True,
        "'\uffff' < '😀'": True, "{'😀': 1, '\uff01': 2} | keys": ["\uff01", "😀"], "'ß' | upper": "SS", "'ΑΣ' | lower": "ας",
        "x | matches('^.{2}$')": True, "x | urlencode": "%C3%A9%F0%9F%98%80", "\"a'(b)!*~\" | urlencode": "a%27%28b%29%21%2A~",
    }),
    Hazard("regular expressions are of each host", "a\n", {
        "x | matches('a$')": False, "x | matches('^a.$')": False, r"'\u00e9' | matches('\w')": False,
        r"'\u00a0' | matches('\s')": False, "'' | matches('^$')": True, "'b' | matches('a?')": True,
        "'a$1' | replace('$1', '$0')": "a$0",
    }),
    Hazard("dates are read with care by none, and fail", "2024-02-29T23:30:00.5-01:00", {
        "x | epoch": 1709253000.5, "x | isotime": "2024-03-01T00:30:00.500Z", "'2023-02-29' | epoch": None,
        "x | isotime('+05:30')": "2024-03-01T06:00:00.500+05:30", "'soon' | epoch": None, "-1 | isotime": "1969-12-31T23:59:59Z",
        "dateadd('2024-12-31', 1, 'day')": "2025-01-01T00:00:00Z", "datediff('2024-02-28', '2024-03-01', 'days')": 2,
        "dateparts('2024-12-30').weekday": 1, "dateparts('2024-12-31').yearday": 366, "isotime(0, 'CEST+1' ~ '')": None,
        "strftime('2024-07-04', '%A, %d %B %Y')": "Thursday, 04 July 2024", "strftime('never', '%Y')": None, "1e300 | isotime": None,
    }),
    Hazard("numbers overflow into what is no JSON", 1e308, {
        "x * 10": None, "x + x": None, "-x - x": None, "[x, x] | sum": None, "'1e99' | number": 1e99, "'1e999' | number": None,
        "1e300 / 1e-300": None,
    }),
    Hazard("rounding and a fixed number of decimals", 2.675, {
        "x | round(2)": 2.68, "2.5 | round": 2, "-2.5 | round": -2, "1.005 | fixed(2)": "1.00", "3 | fixed(2)": "3.00",
        "1e21 | fixed(2)": "1e+21", "-0.004 | fixed(2)": "0.00", "1250 | round(-2)": 1200,
    }),
)
# fmt: on
CASES = [(hazard, text) for hazard in HAZARDS for text in hazard.means]


@pytest.fixture(params=["fast", "second", "original"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(
    ("hazard", "text"), CASES, ids=[f"{hazard.name}: {text}" for hazard, text in CASES]
)
def test_no_engine_shows(engine: Any, hazard: Hazard, text: str) -> None:
    expr = parse_expression(text)
    assert not not_native(expr)
    environment: dict[Ref, JsonValue] = {Ref(RefKind.NODE, "x"): hazard.x}
    wanted = hazard.means[text]
    assert same(evaluate(expr, environment), wanted)
    found = engine(to_jsonata(expr, name_of), bindings_of(environment, ("x", "nobody")))
    assert same(found, wanted), found


@pytest.mark.parametrize(
    ("text", "value", "what"),
    [
        ("'é' | base64encode", "w6k=", "base64encode"),
        ("'w6k=' | base64decode", "é", "base64decode"),
        ("'no base64' | base64decode", None, "base64decode"),
        ("utcoffset('2024-07-01', 'Europe/Berlin')", "+02:00", "utcoffset"),
        ("utcoffset('2024-01-01', 'America/New_York')", "-05:00", "utcoffset"),
        ("utcoffset('2024-01-01', 'No/Where')", None, "utcoffset"),
        ("isotime('2024-07-01', 'Asia/Kolkata')", "2024-07-01T05:30:00+05:30", "utcoffset"),
        ("'{\"a\": [1]}' | fromjson", {"a": [1]}, "fromjson"),
    ],
)
def test_what_cannot_be_native_has_a_value_and_says_why(
    text: str, value: JsonValue, what: str
) -> None:
    expr = parse_expression(text)
    assert evaluate(expr, {}) == value
    (found,) = not_native(expr)
    assert found.what.startswith(what) and found.why and found.runner
