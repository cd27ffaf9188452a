"""The reference evaluator and three JSONata engines give every expression the same value."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.expressions.campaign import ENGINES, bindings_of, campaign, name_of, same
from tests.expressions.engines import node_and_npm

from weft.expressions.ast import Array, At, Expr, Get, JsonValue, Literal, Object, Ref, RefKind
from weft.expressions.evaluate import evaluate
from weft.expressions.not_native import not_native
from weft.expressions.parse import template_of
from weft.expressions.to_jsonata import to_jsonata

Engine = Callable[[str, dict[str, JsonValue]], Any]
QUICK = settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _agree(engine: Engine, expr: Expr, environment: dict[Ref, JsonValue], names: Any) -> None:
    text = to_jsonata(expr, name_of)
    assert "{%" not in text and "%}" not in text
    wanted = evaluate(expr, environment)
    found = engine(text, bindings_of(environment, names))
    assert type(found).__name__ != "Failed" and same(wanted, found), (
        f"{expr!r}\nwith {environment}\nmeans {wanted!r}, but {found!r} comes out of\n{text}"
    )


def _hold(
    engine: Engine,
    maker: Any,
    holds: Any,
    data: st.DataObject,
    texts: tuple[str, ...] | None = None,
) -> None:
    def pick(options: int) -> int:
        return data.draw(st.integers(0, options - 1)) if options > 1 else 0

    made = maker(pick) if texts is None else maker(pick, texts)
    environment = made.environment()
    _agree(engine, made.expression(3), environment, holds)


@pytest.mark.parametrize("engine", ENGINES)
def test_twenty_thousand_values_agree(engine: str) -> None:
    if engine == "npm" and node_and_npm() is None:
        pytest.skip("node is not installed; the reference JSONata cannot be asked")
    report = campaign(20_000, 20, (engine,))
    assert report.values[engine] >= 20_000
    assert not report.disagreements, "\n".join(report.lines())


@QUICK
@given(data=st.data())
def test_a_disagreement_would_be_found_and_made_small(
    fast: Engine, maker: Any, holds: Any, data: st.DataObject
) -> None:
    _hold(fast, maker, holds, data)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ENGINES)
def test_a_million_values_agree(engine: str) -> None:
    if engine == "npm" and node_and_npm() is None:
        pytest.skip("node is not installed; the reference JSONata cannot be asked")
    report = campaign(1_000_000, random.SystemRandom().randrange(10**9), (engine,))
    assert not report.disagreements, "\n".join(report.lines())


NASTY = st.text(st.sampled_from("{%}'\"\\`/$ \n\t\r\x00\x1f\x7f\u2028é😀a0u"), max_size=12)
TEXT = NASTY | st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def _comes_out(engine: Engine, value: JsonValue) -> None:
    expr = Literal(value)
    if not_native(expr):  # the key __proto__
        return
    for form in (expr, Array((expr, Array((expr,)))), Object((("k", expr),))):
        _agree(engine, form, {}, ())


@settings(QUICK, max_examples=200)
@given(value=JSON)
def test_constants_come_out_of_the_laptop_engine_as_they_went_in(
    fast: Engine, value: JsonValue
) -> None:
    _comes_out(fast, value)


@settings(QUICK, max_examples=150)
@given(value=JSON)
def test_constants_come_out_of_the_reference_jsonata_as_they_went_in(
    original: Engine, value: JsonValue
) -> None:
    _comes_out(original, value)


@settings(QUICK, max_examples=100)
@given(value=JSON)
def test_constants_come_out_of_the_second_engine_as_they_went_in(
    second: Engine, value: JsonValue
) -> None:
    _comes_out(second, value)


@settings(QUICK, max_examples=150)
@given(value=JSON)
def test_data_comes_through_a_name_as_it_is(fast: Engine, value: JsonValue) -> None:
    reference = Ref(RefKind.NODE, "x")
    _agree(fast, reference, {reference: value}, ("x",))


@settings(QUICK, max_examples=150)
@given(value=JSON, key=TEXT)
def test_a_field_of_the_trigger_comes_through(
    fast: Engine, original: Engine, value: JsonValue, key: str
) -> None:
    trigger = Ref(RefKind.TRIGGER)
    environment: dict[Ref, JsonValue] = {trigger: {"data": {key: value}, "key": key}}
    for expr in (
        Get(Get(trigger, "data"), key),
        At(Get(trigger, "data"), Get(trigger, "key")),
        Get(trigger, key),
    ):
        wanted = evaluate(expr, environment)
        text = to_jsonata(expr, lambda _: "$t")
        for engine in (fast, original):
            assert same(engine(text, {"t": environment[trigger]}), wanted)


@settings(QUICK, max_examples=150)
@given(value=JSON)
def test_a_config_without_templates_is_one_constant(value: JsonValue) -> None:
    def quoted(part: JsonValue) -> JsonValue:
        if isinstance(part, str):
            return part.replace("{{", "{ {")
        if isinstance(part, list):
            return [quoted(item) for item in part]
        if isinstance(part, dict):
            return {key: quoted(item) for key, item in part.items()}
        return part

    plain = quoted(value)
    assert template_of(plain) == Literal(plain)
