"""What expressions give, by the reference evaluator."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from weft.expressions.ast import JsonValue, Ref, RefKind
from weft.expressions.errors import ExpressionLimit
from weft.expressions.evaluate import evaluate
from weft.expressions.functions import FUNCTIONS
from weft.expressions.parse import parse_expression, parse_template

DATA: dict[str, JsonValue] = {
    "x": {"name": "Ada", "tags": ["b", "a", "b"], "n": 7, "zero": 0, "nested": [[1], [], [2, 3]]},
    "rows": [{"p": 2, "ok": True}, {"p": 1, "ok": False}, {"p": 2, "ok": 1}],
    "one": [[1]],
}
ENVIRONMENT = {Ref(RefKind.NODE, name): value for name, value in DATA.items()}

MEANS: list[tuple[str, JsonValue]] = [
    ("x.name", "Ada"),
    ("x.nope.deeper[3]", None),
    ("nobody.x", None),
    ("rows.p", None),  # no mapping over arrays
    ("x.name[0]", None),
    ("x.tags[-1]", "b"),
    ("x.tags[9]", None),
    ("x.nested[0]", [1]),
    ("one[0]", [1]),
    ("x['na' ~ 'me']", "Ada"),
    ("x.name[1:]", "da"),
    ("x.tags[5:]", []),
    ("x.tags[:1]", ["b"]),
    ("x.tags['a':]", None),
    ("1 + 2", 3),
    ("'a' + 'b'", "ab"),
    ("[1] + [[2]]", [1, [2]]),
    ("1 + 'a'", None),
    ("1 / 0", None),
    ("6 / 4", 1.5),
    ("6 / 3", 2),
    ("-7 // 2", -4),
    ("-7 % 3", 2),
    ("7 % -3", -2),
    ("1e200 * 1e200", None),
    ("-(0)", 0),
    ("1 == 1.0", True),
    ("true == 1", False),
    ("null == nobody", True),
    ("{'a': 1, 'b': [2]} == {'b': [2], 'a': 1}", True),
    ("'a' < 'b'", True),
    ("1 < '2'", False),
    ("null < 1", False),
    ("[] or {} or '' or 0", False),
    ("[0] and 'false'", True),
    ("'' ? 1 : 2", 2),
    ("'d' in x.name", True),
    ("[1] in one", True),
    ("1 in one", False),
    ("'n' in x", True),
    ("null ~ true ~ 1.0 ~ [1, null]", "true1[1,null]"),
    ("(0.1 + 0.2) ~ ''", "0.3"),
    ("1e21 ~ ' ' ~ 1e-7 ~ ' ' ~ 1732147200123456", "1e+21 1e-7 1732147200123456"),
    ("{'b': 1, 'a': 'q\"'} ~ ''", '{"a":"q\\"","b":1}'),
    ("x.nope | default('d')", "d"),
    ("x.zero | default(5)", 0),
    ("len(x.nested)", 3),
    ("len(5)", None),
    ("x.nested | map(a => a)", [[1], [], [2, 3]]),
    ("one | map((v, i) => i)", [0]),
    ("rows | filter(r => r.ok) | map('p')", [2, 2]),
    ("one | filter(v => true)", [[1]]),
    ("rows | any(r => r.p > 1)", True),
    ("rows | all(r => r.p > 1)", False),
    ("rows | sort('p') | map('ok')", [False, True, 1]),
    ("x.tags | sort", ["a", "b", "b"]),
    ("[1, 'a'] | sort", None),
    ("x.tags | unique", ["b", "a"]),
    ("[1, true, 1.0] | unique", [1, True]),
    ("rows | sum('p')", 5),
    ("[] | sum", 0),
    ("[1, '2'] | sum", None),
    ("max(3, 5)", 5),
    ("[] | min", None),
    ("x.tags | join('-')", "b-a-b"),
    ("[1, null, [2]] | join", "1[2]"),
    ("'a,b' | split(',')", ["a", "b"]),
    ("' a  b ' | split", ["a", "b"]),
    ("'aXbX' | replace('X', '$0')", "a$0b$0"),
    ("'  a ' | trim", "a"),
    ("'2.5' | number", 2.5),
    ("'0x10' | number", None),
    ("'-2.5' | int", -2),
    ("2.675 | round(2)", 2.68),
    ("2.5 | round", 2),
    ("'{\"a\": [1]}' | fromjson", {"a": [1]}),
    ("'nonsense' | fromjson", None),
    ("{'10': 1, '9': 2} | keys", ["10", "9"]),
    ("{'b': [1]} | items", [{"key": "b", "value": [1]}]),
    ("merge(x, null, {'n': 8}).n", 8),
    ("x.name | matches('^A.a$')", True),
    ("'a\n' | matches('a$')", False),
    (r"'2024-05' | matches('^\d+-\d{2}$')", True),
    ("type(null)", "null"),
]


@pytest.mark.parametrize(("text", "value"), MEANS, ids=[text for text, _ in MEANS])
def test_the_value_is(text: str, value: JsonValue) -> None:
    found = evaluate(parse_expression(text), ENVIRONMENT)
    assert found == value and type(found) is type(value)


def test_a_single_part_keeps_its_type_and_text_does_not() -> None:
    assert evaluate(parse_template("{{ x.n }}"), ENVIRONMENT) == 7
    assert evaluate(parse_template("n={{ x.n }}, {{ x.none }}"), ENVIRONMENT) == "n=7, "


def test_an_environment_may_be_a_function() -> None:
    assert evaluate(parse_expression("x.n + 1"), lambda reference: {"n": len(reference.name)}) == 2


@pytest.mark.parametrize(
    "text",
    [
        "x.big | map(a => x.big | map(b => x.big | map(c => 1)))",
        "x.big | join(x.text) | replace('a', x.text)",
        "x.text | replace('a', x.text) | replace('a', x.text)",
        " | map(t => t ~ t)".join(["[x.text]", *[""] * 30]),
        "x.deep ~ ''",
        "x.deep == x.twin",
    ],
)
def test_what_costs_too_much_is_stopped(text: str) -> None:
    deep: JsonValue = [1]
    for _ in range(40):
        deep = [deep, deep]  # shared, so small here, but endless to read
    twin: JsonValue = [1]
    for _ in range(40):
        twin = [twin, twin]
    big: JsonValue = list(range(300))
    data: JsonValue = {"big": big, "text": "a" * 10_000, "deep": deep, "twin": twin}
    with pytest.raises(ExpressionLimit):
        evaluate(parse_expression(text), {Ref(RefKind.NODE, "x"): data}, budget=200_000)


def test_data_too_deep_is_a_limit_too() -> None:
    deep: JsonValue = None
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ExpressionLimit, match="nested"):
        evaluate(parse_expression("x ~ ''"), {Ref(RefKind.NODE, "x"): deep})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@example(a=float("nan"), b=float("inf"), c=10**5000)
@example(a=10**5000, b=float("nan"), c=-float("inf"))
@example(a=[10**400], b=1e308, c=[float("nan")])
@example(a=1e308, b=10**400, c=1e-308)
@given(a=JSON, b=JSON, c=JSON)
def test_no_data_makes_a_function_or_operator_fail(
    a: JsonValue, b: JsonValue, c: JsonValue
) -> None:
    names = zip("abc", (a, b, c), strict=True)
    environment = {Ref(RefKind.NODE, name): value for name, value in names}
    for spec in FUNCTIONS.values():
        shown = {"f": "(i, n) => i", "c": "i => i", "r": "(i, n) => [i, n]"}
        given_args = [shown.get(mode, name) for mode, name in zip(spec.modes, "abc", strict=False)]
        if spec.name == "matches":
            given_args[1] = "'a+'"
        evaluate(parse_expression(f"{spec.name}({', '.join(given_args)})"), environment)
    for op in [
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "in",
        "~",
    ]:
        evaluate(parse_expression(f"a {op} b"), environment)
    evaluate(parse_expression("[a[b], a[b:c], -a, not a, a ? b : c]"), environment)
