"""Text to expression: one expression, a template with `{{…}}` parts, or a nested config value.

What a template may hold besides plain text is in `templates.py`.
"""

import math

from weft.expressions.ast import Array, Expr, JsonValue, Literal, Object
from weft.expressions.errors import ExpressionError, ExpressionLimit
from weft.expressions.grammar import MAX_DEPTH, MAX_NODES, Parser
from weft.expressions.references import depth, size
from weft.expressions.templates import Template, holds_parts

__all__ = [
    "MAX_TEXT",
    "ExpressionError",
    "ExpressionLimit",
    "parse_expression",
    "parse_template",
    "template_of",
]

MAX_TEXT = 64 * 1024  # characters of one template


def parse_expression(text: str, bound: tuple[str, ...] = ()) -> Expr:
    """The expression that the whole text is, without braces. Raises ExpressionError.

    Names in `bound` are variables of whoever asks (`Var`), not references.
    """
    _check_text(text)
    parser = Parser(text, 0)
    parser.bound += bound
    value = parser.expression()
    if parser.token.kind != "end":
        raise ExpressionError(
            f"“{text[parser.token.start : parser.token.end]}” does not belong here",
            parser.token.start,
        )
    return _within_limits(value)


def parse_template(text: str) -> Expr:
    """Text with `{{…}}` parts and blocks: a single part keeps the type of its value, otherwise it
    is text.

    Raises ExpressionError, its position counted in `text`.
    """
    _check_text(text)
    return _within_limits(Template(text).parsed()) if holds_parts(text) else Literal(text)


def template_of(value: JsonValue) -> Expr:
    """A config value whose texts are templates; what holds no `{{…}}` stays one literal.

    Keys are always literal. Raises ExpressionError.
    """
    return _within_limits(_templated(value, 0))


def _templated(value: JsonValue, level: int) -> Expr:
    if level > MAX_DEPTH:
        raise ExpressionError("the value is nested too deeply")
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError("the value holds a number that JSON cannot")
    if isinstance(value, list):
        items = tuple(_templated(item, level + 1) for item in value)
        known = [item.value for item in items if isinstance(item, Literal)]
        return Literal(known) if len(known) == len(items) else Array(items)
    if isinstance(value, dict):
        for key in value:
            _check_text(key)
        fields = tuple((key, _templated(item, level + 1)) for key, item in value.items())
        fixed = {key: item.value for key, item in fields if isinstance(item, Literal)}
        return Literal(fixed) if len(fixed) == len(fields) else Object(fields)
    return Literal(value)


def _check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise ExpressionError(
            f"the text has {len(text)} characters, the limit is {MAX_TEXT}", MAX_TEXT
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ExpressionError("half a surrogate pair is not a character", error.start) from None


def _within_limits(value: Expr) -> Expr:
    if depth(value) > MAX_DEPTH or size(value) > MAX_NODES:
        raise ExpressionError(
            "the expression is too deep or too long", 0, "Split it over several nodes."
        )
    return value
