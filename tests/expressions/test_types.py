"""Kinds that show in the form, and number text."""

import pytest

from weft.expressions.ast import Ref, RefKind
from weft.expressions.parse import parse_template
from weft.expressions.types import Kind, kind_of
from weft.expressions.values import number_text


def kinds(reference: Ref) -> Kind | None:
    return {"s": Kind.STRING, "n": Kind.NUMBER}.get(reference.name) if (
        reference.kind is RefKind.NODE
    ) else None  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("plain", Kind.STRING),
        ("a {{ n }}", Kind.STRING),
        ("{{ s }}", Kind.STRING),
        ("{{ n + 1 }}", Kind.NUMBER),
        ("{{ n + s }}", Kind.ANY),
        ("{{ s + 'a' }}", Kind.STRING),
        ("{{ s.x }}", Kind.ANY),
        ("{{ n > 1 and s }}", Kind.BOOLEAN),
        ("{{ s ~ n }}", Kind.STRING),
        ("{{ [n] }}", Kind.ARRAY),
        ("{{ {'a': n} }}", Kind.OBJECT),
        ("{{ n if s else 1 }}", Kind.NUMBER),
        ("{{ n if s else 'a' }}", Kind.ANY),
        ("{{ s | default('') }}", Kind.STRING),
        ("{{ x | map(i => i) }}", Kind.ARRAY),
        ("{{ -n }}", Kind.NUMBER),
        ("{{ null }}", Kind.ANY),
    ],
)
def test_the_form_shows_the_kind(text: str, kind: Kind) -> None:
    assert kind_of(parse_template(text), kinds) is kind


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (-0.0, "0"), (1.0, "1"), (0.1 + 0.2, "0.3"), (-1.5, "-1.5"), (1e20, "1" + "0" * 20),
     (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e-6, "0.000001"), (1e-7, "1e-7"), (100, "100"),
     (2**53 - 1, "9007199254740991"), (123456789012345678, "123456789012345680"),
     (1 / 3, "0.333333333333333")],
)  # fmt: skip
def test_numbers_are_written_as_jsonata_does(number: float, text: str) -> None:
    assert number_text(number) == text
