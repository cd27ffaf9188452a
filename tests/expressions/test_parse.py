"""Text to expression: what each way of writing means, and what is said about mistakes."""

# ruff: noqa: E501 - one example per line reads better than wrapped ones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from weft.expressions.ast import (
    Array,
    At,
    Binary,
    Call,
    Concat,
    Expr,
    Get,
    If,
    JsonValue,
    Lambda,
    Literal,
    Object,
    Ref,
    RefKind,
    Slice,
    Unary,
    Var,
)
from weft.expressions.parse import (
    MAX_TEXT,
    ExpressionError,
    parse_expression,
    parse_template,
    template_of,
)


def node(name: str) -> Ref:
    return Ref(RefKind.NODE, name)


X, Y = node("x"), node("y")
ONE, TWO = Literal(1), Literal(2)

WRITTEN: list[tuple[str, Expr]] = [
    ("trigger.data.email", Get(Get(Ref(RefKind.TRIGGER), "data"), "email")),
    ("classify.output.text", Get(node("classify"), "text")),
    ("classify.text", Get(node("classify"), "text")),
    ("classify.output.output", Get(node("classify"), "output")),
    ("classify.output", node("classify")),
    ("fetch.output.items[0].name", Get(At(Get(node("fetch"), "items"), Literal(0)), "name")),
    ("x['key with space']", Get(X, "key with space")),
    ("x[-1]", At(X, Literal(-1))),
    ("x[y.k]", At(X, Get(Y, "k"))),
    ("x[1:2]", Slice(X, ONE, TWO)),
    ("x[:-1]", Slice(X, None, Literal(-1))),
    ("x[:]", Slice(X, None, None)),
    ('nodes["my-id"].output.x', Get(node("my-id"), "x")),
    ('nodes["my-id"].x', Get(node("my-id"), "x")),
    ("nodes.a", node("a")),
    ("input", Ref(RefKind.PORT, "input")),
    ("inputs.left.x", Get(Ref(RefKind.PORT, "left"), "x")),
    ("loop.item.id", Get(Ref(RefKind.LOOP, "item"), "id")),
    ("loop.index", Ref(RefKind.LOOP, "index")),
    ("variables.limit", Ref(RefKind.VARIABLE, "limit")),
    ("run.id", Get(Ref(RefKind.RUN), "id")),
    (r"'it\'s\n\u00e9\ud83d\ude00'", Literal("it's\né😀")),
    ('"a"', Literal("a")),
    ("1.5e2", Literal(150.0)),
    ("-3", Literal(-3)),
    ("[true, False, null, None, none]", Array(tuple(map(Literal, (True, False, None, None, None))))),
    ("{'a': 1, b: x,}", Object((("a", ONE), ("b", X)))),
    ("x + 1 * 2", Binary("+", X, Binary("*", ONE, TWO))),
    ("x - 1 - 2", Binary("-", Binary("-", X, ONE), TWO)),
    ("x ~ y + 1", Binary("+", Binary("~", X, Y), ONE)),
    ("x // 2 % y", Binary("%", Binary("//", X, TWO), Y)),
    ("not x == 1 and y or 2", Binary("or", Binary("and", Unary("not", Binary("==", X, ONE)), Y), TWO)),
    ("!x && y || x", Binary("or", Binary("and", Unary("not", X), Y), X)),
    ("x not in y", Unary("not", Binary("in", X, Y))),
    ("x if y else 1", If(Y, X, ONE)),
    ("x if y", If(Y, X, Literal(None))),
    ("y ? x : 1", If(Y, X, ONE)),
    ("y ? x ? 1 : 2 : 1", If(Y, If(X, ONE, TWO), ONE)),
    ("x is defined", Binary("!=", X, Literal(None))),
    ("x is not none", Unary("not", Binary("==", X, Literal(None)))),
    ("x is number", Binary("==", Call("type", (X,)), Literal("number"))),
    ("x | default('a') | upper", Call("upper", (Call("default", (X, Literal("a"))),))),
    ("x + y | len", Binary("+", X, Call("length", (Y,)))),
    ("-x | abs", Call("abs", (Unary("-", X),))),
    ("default(x, 1)", Call("default", (X, ONE))),
    ("x | map(i => i.p * 2)", Call("map", (X, Lambda(("i",), Binary("*", Get(Var("i"), "p"), TWO))))),
    ("x | filter((v, n) => n)", Call("filter", (X, Lambda(("v", "n"), Var("n"))))),
    ("x | map('a.b')", Call("map", (X, Lambda(("_item",), Get(Get(Var("_item"), "a"), "b"))))),
    ("x | map(attribute='a')", Call("map", (X, Lambda(("_item",), Get(Var("_item"), "a"))))),
    ("x | selectattr('a')", Call("filter", (X, Lambda(("_item",), Get(Var("_item"), "a"))))),
    ("x | rejectattr('a')", Call("filter", (X, Lambda(("_item",), Unary("not", Get(Var("_item"), "a")))))),
    ("x | selectattr('a', 'gt', 1)", Call("filter", (X, Lambda(("_item",), Binary(">", Get(Var("_item"), "a"), ONE))))),
    ("x | sum('a')", Call("sum", (Call("map", (X, Lambda(("_item",), Get(Var("_item"), "a")))),))),
    ("max(x, 1)", Call("max", (Array((X, ONE)),))),
    ("x | sort(reverse=true)", Call("reverse", (Call("sort", (X,)),))),
    ("x | split", Call("words", (X,))),
    ("x | contains('a')", Binary("in", Literal("a"), X)),
    ("merge(x, y, x)", Call("merge", (Call("merge", (X, Y)), X))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), WRITTEN, ids=[text for text, _ in WRITTEN])
def test_each_way_of_writing_has_its_meaning(text: str, meaning: Expr) -> None:
    assert parse_expression(text) == meaning
    assert parse_template("{{" + text + " }}") == meaning


def test_a_bound_name_hides_roots_and_functions() -> None:
    parsed = parse_expression("x | map(trigger => trigger.a)")
    assert parsed == Call("map", (X, Lambda(("trigger",), Get(Var("trigger"), "a"))))
    assert parse_expression("x | map(i => i.output)") == Call(
        "map", (X, Lambda(("i",), Get(Var("i"), "output")))
    )


def test_the_name_is_free_again_behind_the_function() -> None:
    parsed = parse_expression("(x | map(i => 1)) + i")
    assert isinstance(parsed, Binary) and parsed.right == node("i")


TEMPLATES: list[tuple[str, Expr]] = [
    ("", Literal("")),
    ("plain }} {% raw %}", Literal("plain }} {% raw %}")),
    ("{{ 1 }}", ONE),
    (" {{ 1 }}", Concat((Literal(" "), ONE))),
    ("{{1}}{{2}}", Concat((ONE, TWO))),
    ("a \\{{b}}", Literal("a {{b}}")),
    ("\\{{{{1}}", Concat((Literal("{{"), ONE))),
    ("{{ '{{' }}", Literal("{{")),
    ("{{ '}}' }}", Literal("}}")),
    ("{{ {'a': {'b': 1}}}}", Object((("a", Object((("b", ONE),))),))),
]


@pytest.mark.parametrize(("text", "meaning"), TEMPLATES, ids=[text for text, _ in TEMPLATES])
def test_a_template_is_text_unless_it_is_one_part(text: str, meaning: Expr) -> None:
    assert parse_template(text) == meaning


def test_a_config_value_keeps_its_constants_whole() -> None:
    value: JsonValue = {"url": "https://a/{{x}}", "keep": {"n": [1, None, "t"]}, "{{k}}": "{{ x }}"}
    assert template_of(value) == Object(
        (
            ("url", Concat((Literal("https://a/"), X))),
            ("keep", Literal({"n": [1, None, "t"]})),
            ("{{k}}", X),
        )
    )


# Text, character that the caret must point at, part of the message or hint.
MISTAKES = [
    ("{{ x", 0, "not closed"),
    ("{{ }}", 3, "value is missing"),
    ("{{ a b }}", 5, "does not belong"),
    ("ab {{ a = 1 }}", 8, "=="),
    ("{{ a === 1 }}", 5, "=="),
    ("{{ 2 ** 3 }}", 5, "power"),
    ("{{ 1 < x < 3 }}", 9, "and"),
    ("{{ now() }}", 3, "once"),
    ("{{ x | uper }}", 7, "upper"),
    ("{{ x.lower() }}", 10, "x | name"),
    ("{{ upper() }}", 3, "takes 1"),
    ("{{ x | map(1) }}", 11, "item => item.price"),
    ("{{ upper(i => i) }}", 9, "not a function"),
    ("{{ x | upper(text=1) }}", 7, "takes 1"),
    ("{{ x | round(digits=1) }}", 13, "no argument named"),
    ("{{ x | matches('(?=a)') }}", 15, "Look-around"),
    ("{{ x | matches(y) }}", 15, "in quotes"),
    ("{{ 'a }}", 3, "does not end"),
    ("{{ x[1 }}", 7, "]"),
    ("{{ inputs }}", 3, "inputs.port_name"),
    ("{{ loop.length }}", 3, "loop.item"),
    ("{{ 12345678901234567890 }}", 3, "as text"),
    ("{{ 1e999 }}", 3, "too large"),
    ("{{ '\\ud800' }}", 4, "surrogate"),
    ("a\ud800", 1, "surrogate"),
    ("{{ a ; b }}", 5, "';'"),
    ("{{ x is odd }}", 8, "Known"),
]


@pytest.mark.parametrize(("text", "position", "said"), MISTAKES, ids=[repr(m[0]) for m in MISTAKES])
def test_a_mistake_is_pointed_at_with_a_hint(text: str, position: int, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert said in str(caught.value)
    assert caught.value.position == position


def test_the_caret_stands_below_the_mistake_in_its_line() -> None:
    text = "first line\n{{ x | uper }}"
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)
    assert caught.value.caret(text) == "{{ x | uper }}\n       ^"


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_TEXT + 1),
        "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
        "{{ " + "-" * 5_000 + "x }}",
        "{{ " + "not " * 5_000 + "x }}",
        "{{ x" + ".a" * 150 + " }}",
        "{{ x" + " + 1" * 150 + " }}",
        "{{ [" + "1," * 15_000 + "1] }}",
        "{{ x" + " | upper" * 3_000 + " }}",
        "{{ x" + "[0]" * 10_000 + " }}",
        "{{ 1 ? " * 1 + "1 ? " * 500 + "2" + " : 3" * 501 + " }}",
    ],
    ids=lambda text: text[3:12],
)
def test_limits_are_errors_not_crashes(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"limit|deep|long"):
        parse_template(text)


TOKENS = st.sampled_from(
    [
        "{{",
        "}}",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        ":",
        "|",
        "?",
        "=>",
        "=",
        "==",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "~",
        "<",
        ">",
        "!",
        "'",
        '"',
        "\\",
        "x",
        "trigger",
        "loop",
        "inputs",
        "nodes",
        "1",
        "2.5",
        "'a'",
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "null",
        "true",
        "map",
        "filter",
        "upper",
        "default",
        "matches",
        "i",
        "=>",
        "\\u",
        "\\{{",
    ]
)


@settings(max_examples=400, deadline=None, database=None)
@given(st.lists(TOKENS, max_size=20).map(" ".join) | st.text(max_size=40))
@example("\\{{")
@example("{{ a => b }}")
def test_any_text_parses_or_is_refused(text: str) -> None:
    for candidate in (text, "{{" + text + "}}"):
        try:
            parse_template(candidate)
        except ExpressionError as error:
            assert 0 <= error.position <= len(candidate)
            assert error.caret(candidate).endswith("^")
    try:
        parse_expression(text)
    except ExpressionError as error:
        assert 0 <= error.position <= len(text)
