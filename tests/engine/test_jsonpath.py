"""Paths, filters, reference paths and intrinsic functions, each by itself."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.engine.errors import StateFailure
from weft.engine.jsonpath.errors import IntrinsicFailure, PathMissing, PathSyntaxError
from weft.engine.jsonpath.functions import FUNCTIONS
from weft.engine.jsonpath.intrinsic import compile_intrinsic
from weft.engine.jsonpath.path import compile_path
from weft.engine.jsonpath.reference import put

BOOKS: dict[str, Any] = {
    "books": [
        {"title": "A", "price": 8, "tags": ["x"]},
        {"title": "B", "price": 12},
        {"title": "C", "price": 20, "tags": []},
    ],
    "odd-name": {"a b": 1, "$": 2},
    "deep": {"title": "D", "inner": {"title": "E"}},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.books[1].title", "B"),
        ("$['books'][0]['title']", "A"),
        ("$.books[-1].title", "C"),
        ("$.odd-name['a b']", 1),
        ("$.odd-name.$", 2),
        ("$.books[*].title", ["A", "B", "C"]),
        ("$.books[0,2].title", ["A", "C"]),
        ("$.books[1:].price", [12, 20]),
        ("$.books[:2].price", [8, 12]),
        ("$.books[-2:].price", [12, 20]),
        ("$.books[::2].price", [8, 20]),
        ("$..title", ["A", "B", "C", "D", "E"]),
        ("$.deep.*", ["D", {"title": "E"}]),
        ("$.books[0]['title','price']", {"title": "A", "price": 8}),
        ("$.none[*].title", []),
        ("$.books[*].none", []),
    ],
)
def test_a_path_gives_one_value_or_all_that_it_finds(path: str, found: Any) -> None:
    assert compile_path(path).read(BOOKS) == found


@pytest.mark.parametrize(
    ("test", "titles"),
    [
        ("@.price < 10", "A"),
        ("@.price >= 12 && @.price != 20", "B"),
        ("@.title == 'A' || @.title == \"C\"", "AC"),
        ("@.tags", "AC"),
        ("!(@.tags)", "B"),
        ("@.title in ['A','B']", "AB"),
        ("@.title nin ['A','B']", "C"),
        ("@.price == '8'", ""),
        ("@.price < 'z'", ""),
        ("@['price'] == 8 && (@.title == 'A' || @.title == 'B')", "A"),
    ],
)
def test_a_filter_keeps_what_it_holds_for(test: str, titles: str) -> None:
    assert compile_path(f"$.books[?({test})].title").read(BOOKS) == list(titles)


@pytest.mark.parametrize("path", ["$.none", "$.books[3]", "$.books.title", "$.deep.title.more"])
def test_a_definite_path_that_leads_nowhere_is_missing(path: str) -> None:
    with pytest.raises(PathMissing):
        compile_path(path).read(BOOKS)


@pytest.mark.parametrize(
    "path", ["", "a", "$.", "$[", "$.a[", "$.a[x]", "$.a]", "$.a b", "$[?(@.a =)]", "$[0:1:-1]", 1]
)
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(PathSyntaxError):
        compile_path(path)


def test_a_path_that_finds_the_same_again_and_again_ends() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(StateFailure):
        compile_path("$..*..*..*..*").read(deep)


@pytest.mark.parametrize(
    ("text", "root", "reference"),
    [("$", "$", True), ("$$", "$$", True), ("$$.Map.Item", "$$", True), ("$name", "name", True),
     ("$name[0].a", "name", True), ("$.a[*]", "$", False), ("$.a[-1]", "$", False)],
)  # fmt: skip
def test_a_path_knows_its_root_and_whether_it_names_one_place(
    text: str, root: str, reference: bool
) -> None:
    path = compile_path(text)
    assert (path.root, path.is_reference) == (root, reference)


NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4)
TREES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), inner)
)


@given(TREES, NAMES, st.integers())
def test_what_is_put_at_a_path_is_read_there_and_nothing_else_changes(
    tree: Any, names: list[str], value: int
) -> None:
    path = compile_path(".".join(["$", *names]))
    before = repr(tree)
    try:
        changed = put(tree, path, value)
    except PathMissing:
        return
    assert path.read(changed) == value
    assert repr(tree) == before
    if len(names) == 1 and isinstance(tree, dict):
        rest = {k: v for k, v in tree.items() if k != names[0]}
        assert {k: v for k, v in changed.items() if k != names[0]} == rest


def test_a_result_replaces_an_element_but_makes_none() -> None:
    path = compile_path("$.a[1].b")
    assert put({"a": [0, {"c": 1}]}, path, 2) == {"a": [0, {"c": 1, "b": 2}]}
    with pytest.raises(PathMissing):
        put({"a": [0]}, path, 2)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("Format", ["{} and {}", "a", {"k": [1, None]}], "a and {k=[1, null]}"),
        ("Format", [r"\{\} {}", True], "{} true"),
        ("StringToJson", ['{"a": [1]}'], {"a": [1]}),
        ("StringToJson", [""], None),
        ("JsonToString", [{"a": "é"}], '{"a":"é"}'),
        ("Array", [1, "a", None], [1, "a", None]),
        ("ArrayPartition", [[1, 2, 3], 2], [[1, 2], [3]]),
        ("ArrayContains", [[1, True, {"a": 1}], {"a": 1}], True),
        ("ArrayContains", [[1], True], False),
        ("ArrayRange", [0, 9, 3], [0, 3, 6, 9]),
        ("ArrayRange", [3, 0, -1], [3, 2, 1, 0]),
        ("ArrayGetItem", [[1, 2], 1], 2),
        ("ArrayLength", [[1, 2]], 2),
        ("ArrayUnique", [[1, True, 1, "1"]], [1, True, "1"]),
        ("Base64Encode", ["Data to encode"], "RGF0YSB0byBlbmNvZGU="),
        ("Base64Decode", ["RGF0YSB0byBlbmNvZGU="], "Data to encode"),
        ("Hash", ["input data", "SHA-1"], "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("JsonMerge", [{"a": 1, "b": {"c": 1}}, {"b": {}}, False], {"a": 1, "b": {}}),
        ("MathAdd", [1.5, -1], 1),
        ("MathAdd", [-1.5, 0], -1),
        ("StringSplit", ["1.2,,3", ".,"], ["1", "2", "3"]),
    ],
)
def test_an_intrinsic_function_gives(name: str, arguments: list[Any], result: Any) -> None:
    assert FUNCTIONS[f"States.{name}"][0](*arguments) == result


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Format", ["{}"]),
        ("Format", ["", 1]),
        ("StringToJson", ["{"]),
        ("StringToJson", ["NaN"]),
        ("StringToJson", ["[" * 100_000]),
        ("ArrayPartition", [[1], 0]),
        ("ArrayRange", [0, 1, 0]),
        ("ArrayRange", [0, 1000, 1]),
        ("ArrayRange", [0, 10**30, 1]),
        ("MathAdd", [float("inf"), 1]),
        ("ArrayGetItem", [[1], 1]),
        ("ArrayLength", ["a"]),
        ("Base64Encode", ["x" * 10_001]),
        ("Base64Decode", ["*"]),
        ("Hash", ["a", "CRC"]),
        ("JsonMerge", [{}, {}, True]),
        ("MathRandom", [2, 1]),
        ("MathAdd", [True, 1]),
        ("StringSplit", [1, ","]),
    ],
)
def test_an_intrinsic_function_refuses(name: str, arguments: list[Any]) -> None:
    with pytest.raises(IntrinsicFailure):
        FUNCTIONS[f"States.{name}"][0](*arguments)


def test_random_numbers_are_in_range_and_the_same_for_the_same_seed() -> None:
    draw = FUNCTIONS["States.MathRandom"][0]
    assert all(1 <= draw(1, 3) < 3 for _ in range(50))
    assert draw(1, 10**9, 7) == draw(1, 10**9, 7)
    new = FUNCTIONS["States.UUID"][0]
    assert len(new()) == 36
    assert new() != new()


@pytest.mark.parametrize(
    "text",
    ["States.Nope()", "States.Format", "States.Format('a'", "States.Format()", "States.UUID(1)",
     r"States.Format('\"{}\"', 'a')", "States.MathAdd(1 2)", "States.Array(a)", "States.UUID() x",
     "States.Array(" * 11 + ")" * 11],
)  # fmt: skip
def test_what_is_no_call_of_an_intrinsic_function_is_refused(text: str) -> None:
    with pytest.raises(PathSyntaxError):
        compile_intrinsic(text)


@given(st.text(alphabet="$.[]()?@'\"a1,:*= &|!-", max_size=20))
def test_no_text_makes_reading_a_path_itself_fail(text: str) -> None:
    with contextlib.suppress(PathSyntaxError, PathMissing):
        compile_path("$" + text).read(BOOKS)
    with contextlib.suppress(PathSyntaxError):
        compile_intrinsic(f"States.Array({text})")
