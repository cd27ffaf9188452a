"""The pattern subset: matched like other engines match it, written alike for JSONata."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.expressions.ast import Call, JsonValue, Literal, Ref, RefKind
from weft.expressions.errors import ExpressionError
from weft.expressions.regex import found_in, parse_pattern
from weft.expressions.to_jsonata import to_jsonata
from weft.expressions.values import Meter

ATOM = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "[ab]",
        "[^a]",
        "\\.",
        "😀",
        "%",
        "\\{",
        "(?:a|b)",
        "(a|bc)",
    ]
)
PIECE = st.tuples(ATOM, st.sampled_from(["", "", "", "+", "*", "?", "{1,2}", "{2}", "+?"])).map(
    "".join
)
BODY = st.lists(PIECE, min_size=1, max_size=4).map("".join)
PATTERN = st.tuples(st.sampled_from(["", "^"]), BODY, st.sampled_from(["", "$"])).map("".join)
SUBJECT = st.text(st.sampled_from("ab1 .\n😀%}{x"), max_size=6)


@settings(max_examples=300, deadline=None, database=None)
@given(pattern=PATTERN, subject=SUBJECT)
def test_a_pattern_is_found_where_python_finds_it(pattern: str, subject: str) -> None:
    python = pattern[:-1] + "\\Z" if pattern.endswith("$") else pattern
    wanted = re.search(python, subject, re.ASCII) is not None
    assert found_in(parse_pattern(pattern), subject, Meter()) is wanted


@settings(max_examples=150, deadline=None, database=None)
@given(pattern=PATTERN, subject=SUBJECT)
def test_the_engines_find_it_too(
    fast: Callable[..., Any], original: Callable[..., Any], pattern: str, subject: str
) -> None:
    wanted = found_in(parse_pattern(pattern), subject, Meter())
    text = to_jsonata(Call("matches", (Ref(RefKind.NODE, "x"), Literal(pattern))), lambda _: "$x")
    assert "{%" not in text and "%}" not in text
    bindings: dict[str, JsonValue] = {"x": subject}
    assert (fast(text, bindings), original(text, bindings)) == (wanted, wanted)


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?!a)", "(?<n>a)", "\\1", "\\b", "a**", "(a+)+", "(a*)*", "(a|b*)+", "[", "(", ")",
     "a{2,1}", "[b-a]", "", "a|^b", "a$b", "^a|b$", "*a", "[\\D]", "[😀]", "(" * 30 + ")" * 30,
     "(?:a{900}){900}", "\\"],
)  # fmt: skip
def test_what_hosts_read_differently_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        parse_pattern(pattern)


def test_a_pattern_that_hurts_backtracking_engines_is_linear_here() -> None:
    assert not found_in(parse_pattern("a*a*a*a*a*b"), "a" * 3_000, Meter())
