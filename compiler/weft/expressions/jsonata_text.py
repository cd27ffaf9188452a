"""How constants are written in JSONata, exactly and without ever closing a `{% … %}` block."""

import json
import re

from weft.expressions.ast import JsonValue

# Members that every JavaScript object inherits; `$lookup` would find them on any object.
INHERITED = frozenset({
    "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
    "toString", "valueOf", "__defineGetter__", "__defineSetter__", "__lookupGetter__",
    "__lookupSetter__", "__proto__",
})  # fmt: skip
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RESERVED = frozenset(("and", "or", "in", "true", "false", "null", "function"))
_ESCAPED = re.compile(r"[\\\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_ESCAPED_QUOTE = re.compile(_ESCAPED.pattern[:-1] + '"]')


def string(text: str) -> str:
    """A string literal with exactly this value."""
    quote, special = ("'", _ESCAPED) if "'" not in text else ('"', _ESCAPED_QUOTE)
    body = special.sub(lambda found: json.dumps(found.group())[1:-1], text)
    # A percent sign beside a brace would close the block, or open one, for the host.
    body = body.replace("{%", "{\\u0025").replace("%}", "\\u0025}")
    return quote + body + quote


def literal(value: JsonValue) -> str:
    """A JSON constant; nested arrays stay nested, nulls stay."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, (int, float)):
        text = repr(value) if value else "0"
        return f"({text})" if text.startswith("-") else text
    if isinstance(value, list):
        return "[" + ",".join(map(literal, value)) + "]"
    return "{" + ",".join(f"{string(key)}:{literal(item)}" for key, item in value.items()) + "}"


def member(base: str, key: str) -> str:
    """`base.key`, for a base known to be an object; undefined where it has no such key."""
    if key in INHERITED:
        return f"({string(key)} in $keys({base})?$lookup({base},{string(key)}))"
    if _PLAIN_NAME.fullmatch(key) and key not in _RESERVED:
        return f"{base}.{key}"
    return f"$lookup({base},{string(key)})"
