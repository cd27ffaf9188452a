"""Blocks in templates: conditions and loops around text."""

from typing import Any

import pytest
from tests.expressions.campaign import bindings_of, name_of

from weft.expressions.ast import Concat, JsonValue, Literal, Ref, RefKind
from weft.expressions.errors import ExpressionError
from weft.expressions.evaluate import evaluate
from weft.expressions.parse import parse_template
from weft.expressions.templates import holds_parts
from weft.expressions.to_jsonata import to_jsonata

X: JsonValue = {"rows": [{"n": "a", "p": [1, 2]}, {"n": "b", "p": []}], "ok": 1, "no": None}

MEANS = [
    ("{% for r in x.rows %}{{ r.n }};{% endfor %}", "a;b;"),
    ("<{% for r, i in x.rows %}{{ i }}{{ r.n }}{% endfor %}>", "<0a1b>"),
    ("{% for r in x.rows %}{% for p in r.p %}{{ r.n }}{{ p }} {% endfor %}{% endfor %}", "a1 a2 "),
    ("{% for r in x.no %}never{% endfor %}", ""),
    ("{% for r in x.rows[5:] %}never{% endfor %}", ""),
    ("{% for r in [[1]] %}{{ r }}{% endfor %}", "[1]"),
    ("{% for r in x.rows %}{% endfor %}", ""),
    ("{% if x.ok %}yes{% endif %}", "yes"),
    ("{% if x.no %}yes{% endif %}", ""),
    ("{% if x.no %}yes{% else %}no{% endif %}!", "no!"),
    ("{% if x.no %}a{% elif x.ok == 1 %}b{% elif true %}c{% else %}d{% endif %}", "b"),
    ("{% if x.ok %}{{ x.ok }}{% endif %}", "1"),
    ("{% if 5 % 2 %}odd{% endif %}", "odd"),
    ("{% if '%}' == x.no %}{% else %}'{% endif %}", "'"),
    ("a \n{%- if x.ok -%}\n b {%- endif %} c", "ab c"),
    ("{%if x.ok%}{{ [1] }}{%endif%}", "[1]"),
    (r"\{% if x.ok %} \{{ {{ x.ok }}", "{% if x.ok %} {{ 1"),
    ("{% raw %} {%x%} {% iffy %} %}", "{% raw %} {%x%} {% iffy %} %}"),
]


@pytest.mark.parametrize(("text", "value"), MEANS, ids=[text for text, _ in MEANS])
def test_the_text_is(fast: Any, original: Any, text: str, value: str) -> None:
    expr = parse_template(text)
    environment = {Ref(RefKind.NODE, "x"): X}
    assert evaluate(expr, environment) == value
    for engine in (fast, original):
        assert engine(to_jsonata(expr, name_of), bindings_of(environment, ("x",))) == value


BROKEN = [
    ("{% if x %}", "not closed", 0), ("{% for r in x %}{{ r }}", "not closed", 0),
    ("a{% endif %}", "no block", 1), ("{% else %}", "no block", 0),
    ("{% if x %}{% endfor %}", "cannot stand here", 10),
    ("{% for r of x %}", "a name and a list", 0),
    ("{% for r in x %}{% else %}{% endfor %}", "cannot stand here", 16),
    ("{% if %}{% endif %}", "missing", 6), ("{% if x y %}{% endif %}", "does not belong", 8),
    ("{% if x", "not closed", 0), ("{% if x %}{% else x %}{% endif %}", "nothing may follow", 17),
    ("{% if x %}{% else %}{% else %}{% endif %}", "cannot stand here", 20),
    ("{% if x %}{{ y {% endif %}", "does not belong", 15),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "position"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_block_is_an_error_where_it_breaks(text: str, message: str, position: int) -> None:
    with pytest.raises(ExpressionError, match=message) as refused:
        parse_template(text)
    assert refused.value.position == position


def test_a_name_of_a_loop_is_a_name_only_inside() -> None:
    inside = parse_template("{% for r in x %}{% endfor %}{{ r }}")
    assert isinstance(inside, Concat) and inside.parts[1] == Ref(RefKind.NODE, "r")


@pytest.mark.parametrize("word", ["if x", "for r in x"])
def test_blocks_without_end_are_refused_and_take_no_time(word: str) -> None:
    with pytest.raises(ExpressionError, match="nested too deeply"):
        parse_template(f"{{% {word} %}}" * 4_000)


def test_many_alternatives_are_refused_not_overflown() -> None:
    with pytest.raises(ExpressionError, match="too deep"):
        parse_template("{% if x %}a" + "{% elif x %}b" * 4_000 + "{% endif %}")


def test_plain_text_holds_no_parts() -> None:
    assert not holds_parts("{% raw %} }} { { 5 %}")
    assert holds_parts("{%- if x %}") and holds_parts("\\{{")
    assert parse_template("{% x %}") == Literal("{% x %}")
