"""Tokens of the `{{…}}` language, read one at a time: what follows `}}` is not code."""

import re
from dataclasses import dataclass

from weft.expressions.ast import JsonValue
from weft.expressions.errors import ExpressionError

LARGEST_INTEGER = 2**53 - 1  # beyond it, neighbouring integers are one number in JSONata

_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_OPERATOR = re.compile(r"=>|===|!==|==|!=|<=|>=|//|\*\*|&&|\|\||[-+*/%<>~|?:.,()\[\]{}!=]")
# Other characters keep their backslash, so that a pattern reads as it is written.
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"} | {c: c for c in "\\/'\""}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is name, number, string, operator or end; `text` is the name or operator."""

    kind: str
    text: str
    start: int
    end: int
    value: JsonValue = None


def next_token(source: str, position: int) -> Token:
    """The token at or after `position`. Raises ExpressionError."""
    space = _SPACE.match(source, position)
    start = space.end() if space else position
    if start >= len(source):
        return Token("end", "", start, start)
    if found := _NAME.match(source, start):
        return Token("name", found.group(), start, found.end())
    if found := _NUMBER.match(source, start):
        return _number(found.group(), start, found.end())
    if source[start] in "'\"":
        return _string(source, start)
    if found := _OPERATOR.match(source, start):
        return Token("operator", found.group(), start, found.end())
    raise ExpressionError(f"unexpected character {source[start]!r}", start)


def _number(text: str, start: int, end: int) -> Token:
    plain = text.isdigit()
    if plain and (len(text) > 16 or int(text) > LARGEST_INTEGER):
        raise ExpressionError(
            "the number is too large to be exact", start, "Write it as text, in quotes."
        )
    value: JsonValue = int(text) if plain else float(text)
    if value in (float("inf"), float("-inf")):
        raise ExpressionError("the number is too large", start)
    return Token("number", text, start, end, value)


def _string(source: str, start: int) -> Token:
    quote = source[start]
    parts: list[str] = []
    position = start + 1
    while position < len(source):
        character = source[position]
        if character == quote:
            return Token("string", "", start, position + 1, "".join(parts))
        if character == "\\":
            piece, position = _escape(source, position)
            parts.append(piece)
        else:
            parts.append(character)
            position += 1
    raise ExpressionError("the text in quotes does not end", start, f"Close it with {quote}.")


def _escape(source: str, position: int) -> tuple[str, int]:
    following = source[position + 1 : position + 2]
    if following == "u":
        code = _hex(source, position + 2)
        end = position + 6
        if 0xD800 <= code < 0xDC00 and source[end : end + 2] == "\\u":
            low = _hex(source, end + 2)
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), end + 6
        if 0xD800 <= code < 0xE000:
            raise ExpressionError("half a surrogate pair is not a character", position)
        return chr(code), end
    return _ESCAPES.get(following, "\\" + following), position + 2


def _hex(source: str, position: int) -> int:
    digits = source[position : position + 4]
    if not re.fullmatch("[0-9a-fA-F]{4}", digits):
        raise ExpressionError("\\u needs four hexadecimal digits", position - 2)
    return int(digits, 16)
