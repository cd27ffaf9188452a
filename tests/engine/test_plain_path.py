"""A path that is read without the library has the value that the library gives it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.engine.json import JsonValue
from weft.engine.jsonata import JsonataError
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.plain_path import PlainPath, plain_or

JSONATA = FastJsonata()
FORMS = (
    "$x{}",
    "($_1:=$x{};$exists($_1)?$_1:null)",
    "{{'r': $x{}}}",
    "{{'r':$x{}}}",
    "$x{} & '/s0/'",
    "$x{} & ''",
)
NAMES = ("a", "b", "n_s0", "r")
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2)
DATA: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None, database=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), DATA, max_size=3) | DATA,
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.sampled_from(FORMS),
)
def test_a_plain_path_has_the_librarys_value(data: JsonValue, path: list[str], form: str) -> None:
    text = form.format("".join(f".{name}" for name in path))
    whole = JSONATA.compile(text)
    plain = plain_or(text, whole)
    assert isinstance(plain, PlainPath)
    try:
        wanted = whole.evaluate(None, {"x": data})
    except JsonataError as error:
        with pytest.raises(JsonataError, match=error.code):
            plain.evaluate(None, {"x": data})
        return
    found = plain.evaluate(None, {"x": data})
    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize(
    "text",
    ["$x", "$x.a.and", "$x.a[0]", "$x.a.$y", "$x.a & 'it\\'s'", "$x.a & $x.b", "$x.*", "x.a"],
)
def test_what_is_no_plain_path_is_left_to_the_library(text: str) -> None:
    whole = JSONATA.compile("1")
    assert plain_or(text, whole) is whole


def test_a_name_that_is_not_there_is_undefined_as_in_the_library() -> None:
    whole = JSONATA.compile("$x.a")
    assert plain_or("$x.a", whole).evaluate(None, {}) is whole.evaluate(None, {})
