"""What the text of a JSONata expression mentions, told without parsing it."""

import re

# Texts, quoted names, comments, and regular expressions where only these can stand.
_OPAQUE = re.compile(
    r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|/\*.*?\*/|(?<=[(,])\s*/(?:\\.|[^/\\\n])+/[im]*""",
    re.DOTALL,
)
_NAME = re.compile(r"\$([^\W\d]\w*)")
_CALLED = re.compile(r"\$([^\W\d]\w*)\s*\(")
_BOUND = re.compile(r"(?:[@#]\s*)\$([^\W\d]\w*)|\$([^\W\d]\w*)\s*:=")
_PARAMETERS = re.compile(r"(?:\bfunction|λ)\s*\(([^)]*)\)")
# Functions may be passed as values; the ones of JSONata 2.0.6 and of Step Functions.
_FUNCTIONS = frozenset({
    "abs", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil",
    "clone", "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each",
    "encodeUrl", "encodeUrlComponent", "error", "eval", "exists", "filter", "floor",
    "formatBase", "formatInteger", "formatNumber", "fromMillis", "hash", "join", "keys",
    "length", "lookup", "lowercase", "map", "match", "max", "merge", "millis", "min", "not",
    "now", "number", "pad", "parse", "parseInteger", "partition", "power", "random", "range",
    "reduce", "replace", "reverse", "round", "shuffle", "sift", "single", "sort", "split",
    "spread", "sqrt", "string", "substring", "substringAfter", "substringBefore", "sum",
    "toMillis", "trim", "type", "uppercase", "uuid", "zip",
})  # fmt: skip


def without_texts(expression: str) -> str:
    """The expression without what it only quotes."""
    return _OPAQUE.sub("''", expression)


def variables_in(expression: str) -> frozenset[str]:
    """The free variables that it reads. A name bound anywhere in it counts as bound everywhere."""
    bare = without_texts(expression)
    found = set(_NAME.findall(bare)) - _FUNCTIONS - {"states"}
    bound = {name for pair in _BOUND.findall(bare) for name in pair if name}
    for parameters in _PARAMETERS.findall(bare):
        bound.update(_NAME.findall(parameters))
    called = set(_CALLED.findall(bare)) - set(_NAME.findall(_CALLED.sub("(", bare)))
    return frozenset(found - bound - called)
