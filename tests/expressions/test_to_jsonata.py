"""The JSONata text itself: small where it can be, shareable, honest about what it cannot do."""

from collections.abc import Callable
from typing import Any

import pytest

from weft.expressions.ast import JsonValue, Literal, Object, Ref, RefKind
from weft.expressions.evaluate import evaluate
from weft.expressions.not_native import not_native
from weft.expressions.parse import parse_expression, parse_template, template_of
from weft.expressions.to_jsonata import lower, to_jsonata, with_helpers


def name(reference: Ref) -> str:
    return f"$n_{reference.name}.r" if reference.kind is RefKind.NODE else f"${reference.kind}"


def test_a_constant_is_only_itself() -> None:
    assert to_jsonata(Literal({"a": [1, None, "it's"]}), name) == "{'a':[1,null,\"it's\"]}"


COMMON = (
    "x.a.b", "x.a[0].b", "x.n > 5", "x.s == 'a'", "trigger.data.email", "x.a | default('d')",
    "x.s | matches('^a')",
)  # fmt: skip


@pytest.mark.parametrize("text", COMMON)
def test_common_expressions_need_no_helper(text: str) -> None:
    assert not lower(parse_expression(text), name).helpers


def test_helpers_are_shared_by_the_expressions_of_a_block(fast: Callable[..., Any]) -> None:
    texts = ("Hi {{ x.a }}", "{{ x.n | upper }} {{ x.n }}")
    a, b = (lower(parse_template(text), name) for text in texts)
    block = with_helpers(f"{{'a':{a.text},'b':{b.text}}}", a.helpers | b.helpers)
    assert block.count("$_text:=") == 1
    value = fast(block, {"n_x": {"r": {"a": 1, "n": "ü"}}})
    assert value == {"a": "Hi 1", "b": "Ü ü"}


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (parse_expression("x | fromjson"), "fromjson"),
        (Literal({"a": [2**60]}), "1152921504606846976"),
        (Literal([{"__proto__": 1}]), "__proto__"),
        (Object((("__proto__", Literal(1)),)), "__proto__"),
    ],
)
def test_what_jsonata_cannot_do_is_said(expr: Any, reason: str) -> None:
    assert reason in " ".join(f"{found.what} {found.why}" for found in not_native(expr))


def test_everything_else_is_native() -> None:
    assert not_native(parse_expression("x | map(i => i.a) | tojson")) == []


def test_the_deepest_expression_that_parses_runs(
    fast: Callable[..., Any], original: Callable[..., Any]
) -> None:
    bindings: dict[str, JsonValue] = {"n_x": {"r": 1}}
    for text in ("x" + " + 1" * 95, "[" * 90 + "x" + "]" * 90,
                 "not " * 45 + "x", "1 if x else " * 45 + "2"):  # fmt: skip
        parsed = parse_expression(text)
        wanted = evaluate(parsed, {Ref(RefKind.NODE, "x"): 1})
        text = to_jsonata(parsed, name)
        assert fast(text, bindings) == wanted
        assert original(text, bindings) == wanted


def test_a_nested_config_comes_out_whole(fast: Callable[..., Any]) -> None:
    config: JsonValue = {"to": "{{ x.mail }}", "list": ["{{ x.tags }}", ["{{ x.none }}"]], "n": 1}
    expr = template_of(config)
    bindings: dict[str, JsonValue] = {"n_x": {"r": {"mail": "a@b", "tags": ["t"]}}}
    wanted = {"to": "a@b", "list": [["t"], [None]], "n": 1}
    assert fast(to_jsonata(expr, name), bindings) == wanted
