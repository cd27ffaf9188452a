"""Choice rules of JSONPath: one comparison, or And, Or and Not of rules."""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

from weft.engine.errors import StateFailure
from weft.engine.json import JsonValue, type_name
from weft.engine.jsonpath.errors import PathMissing, PathSyntaxError
from weft.engine.jsonpath.path import Path, compile_path
from weft.engine.jsonpath.template import RUNTIME, rooted
from weft.engine.scope import Scope
from weft.engine.timestamps import parse_timestamp

Test = Callable[[JsonValue, Scope], bool]  # the effective input, and the scope
_RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def _timestamp(value: JsonValue) -> float | None:
    """Seconds since 1970, or None for what is no timestamp."""
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _as(kind: str) -> Callable[[JsonValue], Any]:
    return lambda value: value if type_name(value) == kind else None


# What the compared values must be, and what is compared then; None stands for another type.
_TYPES: Final[dict[str, Callable[[JsonValue], Any]]] = {
    "String": _as("string"),
    "Numeric": _as("number"),
    "Boolean": _as("boolean"),
    "Timestamp": _timestamp,
}
# Name of a comparison → how both sides are read, and the relation between them.
COMPARISONS: Final = {
    f"{kind}{relation}": (read, relate)
    for kind, read in _TYPES.items()
    for relation, relate in _RELATIONS.items()
    if kind != "Boolean" or relation == "Equals"
}
TYPE_TESTS: Final[dict[str, Callable[[JsonValue], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: type_name(value) == "number",
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _timestamp(value) is not None,
}
OPERATORS: Final = frozenset(
    {*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), *TYPE_TESTS, "IsPresent",
     "StringMatches"}
)  # fmt: skip
BOOLEANS: Final = frozenset({"And", "Or", "Not"})


def compile_rule(rule: dict[str, Any]) -> Test:
    """The test of a rule whose shape is checked. Raises PathSyntaxError."""
    if "Not" in rule:
        negated = compile_rule(rule["Not"])
        return lambda document, scope: not negated(document, scope)
    for name, gathered in (("And", all), ("Or", any)):
        if name in rule:
            return _gathered(gathered, [compile_rule(part) for part in rule[name]])
    variable = compile_path(rule["Variable"])
    for name in rule:
        if name in OPERATORS:
            return _comparison(variable, name, rule[name])
    raise PathSyntaxError("a rule needs a comparison, or And, Or or Not")


def _gathered(gather: Callable[[Any], bool], tests: list[Test]) -> Test:
    return lambda document, scope: gather(test(document, scope) for test in tests)


def _comparison(variable: Path, name: str, wanted: JsonValue) -> Test:
    if name == "IsPresent":
        return lambda document, scope: _present(variable, document, scope) is wanted
    if name in TYPE_TESTS:
        test = TYPE_TESTS[name]
        return lambda document, scope: test(_value(variable, document, scope)) is wanted
    if name == "StringMatches":
        matches = wildcard(wanted)
        return lambda document, scope: matches(_value(variable, document, scope))
    read, relate = COMPARISONS[name.removesuffix("Path")]
    if name.endswith("Path"):
        other = compile_path(wanted)
        return lambda document, scope: _related(
            read, relate, _value(variable, document, scope), _value(other, document, scope)
        )
    return lambda document, scope: _related(read, relate, _value(variable, document, scope), wanted)


def wildcard(pattern: str) -> Callable[[JsonValue], bool]:
    r"""StringMatches: `*` stands for any text, `\*` for an asterisk, `\\` for a backslash."""
    texts = [""]
    for found in re.findall(r"\\.|.", pattern, re.DOTALL):
        if found == "*":
            texts.append("")
        else:
            texts[-1] += found[-1]
    return lambda value: isinstance(value, str) and _matches(texts, value)


def _matches(texts: list[str], value: str) -> bool:
    """Whether the texts stand in the value one after the other, the first and last at its ends."""
    first, *inner = texts
    if not inner:
        return value == first
    last = inner.pop()
    if not value.startswith(first):
        return False
    at, end = len(first), len(value) - len(last)
    for text in inner:  # the earliest place leaves most room for the rest
        at = value.find(text, at, end)
        if at < 0:
            return False
        at += len(text)
    return at <= end and value.endswith(last)


def _related(
    read: Callable[[JsonValue], Any],
    relate: Callable[[Any, Any], bool],
    left: JsonValue,
    right: JsonValue,
) -> bool:
    a, b = read(left), read(right)
    return a is not None and b is not None and relate(a, b)


def _present(path: Path, document: JsonValue, scope: Scope) -> bool:
    try:
        path.read(document if path.root == "$" else rooted(path, scope))
    except PathMissing:
        return False
    return True


def _value(path: Path, document: JsonValue, scope: Scope) -> JsonValue:
    try:
        return path.read(document if path.root == "$" else rooted(path, scope))
    except PathMissing as error:
        raise StateFailure(
            RUNTIME,
            f"Invalid path '{path.text}': The choice state's condition path references an invalid "
            "value.",
            "Variable",
        ) from error
