"""Rules of a Choice state: each has a test and a target."""

from collections.abc import Iterator
from typing import Any, Final

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, is_expression

_RELATIONS: Final = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_LITERALS: Final[dict[str, type | tuple[type, ...]]] = {
    **{f"String{relation}": str for relation in _RELATIONS},
    **{f"Numeric{relation}": (int, float) for relation in _RELATIONS},
    **{f"Timestamp{relation}": str for relation in _RELATIONS},
    "BooleanEquals": bool,
}
# What a comparison of JSONPath is compared with: a literal of the type, or the path of one.
OPERATORS: Final[dict[str, type | tuple[type, ...]]] = {
    **_LITERALS,
    **{f"{name}Path": str for name in _LITERALS},
    "StringMatches": str,
    **{f"Is{what}": bool
       for what in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")},
}  # fmt: skip
_BESIDE: Final = frozenset({"Variable", "Next", "Assign", "Comment"})


def choices(machine: Machine) -> Iterator[Finding]:
    """In JSONata the test is a `Condition`; in JSONPath a comparison, or And, Or, Not of such."""
    for state in machine.states():
        if state.type != "Choice":
            continue
        if state.language != JSONATA:
            yield from _rules(state.source.get("Choices"), f"{state.path}/Choices")
            continue
        for path, rule in state.entries("Choices"):
            test = rule.get("Condition")
            if not isinstance(test, bool) and not is_expression(test):
                yield Finding("ASL070", f"{path}/Condition", "must be JSONata or a boolean")


def _rules(listed: Any, path: str) -> Iterator[Finding]:
    if not isinstance(listed, list) or not listed:
        yield Finding("ASL071", path, "must be a list of at least one rule")
        return
    for position, rule in enumerate(listed):
        yield from _comparison(rule, f"{path}/{position}")


def _comparison(rule: Any, path: str) -> Iterator[Finding]:
    if not isinstance(rule, dict):
        yield Finding("ASL071", path, "a rule must be an object")
        return
    tests = rule.keys() - _BESIDE
    name = next(iter(tests)) if len(tests) == 1 else ""
    if name in ("And", "Or"):
        yield from _rules(rule[name], f"{path}/{name}")
    elif name == "Not":
        yield from _comparison(rule[name], f"{path}/Not")
    elif name not in OPERATORS:
        yield Finding("ASL071", path, "a rule needs exactly one comparison, And, Or or Not")
    else:
        yield from _sides(rule, name, path)


def _sides(rule: dict[str, Any], name: str, path: str) -> Iterator[Finding]:
    variable, literal, wanted = rule.get("Variable"), rule[name], OPERATORS[name]
    if not isinstance(variable, str) or not variable.startswith("$"):
        yield Finding("ASL072", f"{path}/Variable", "must be a path")
    if not isinstance(literal, wanted) or (isinstance(literal, bool) and wanted is not bool):
        yield Finding("ASL073", f"{path}/{name}", "has a value of the wrong type")
    elif name.endswith("Path") and not str(literal).startswith("$"):
        yield Finding("ASL073", f"{path}/{name}", "must be a path")
