"""Conditions of other documents as the config of an `if`: comparisons, or an expression."""

import re
from collections.abc import Mapping
from typing import Any

from weft.compiler.importers.drawn import first, objects, text
from weft.compiler.importers.kinds import spelled

_OPERATORS = {
    "eq": "equals", "equal": "equals", "equals": "equals", "is": "equals",
    "ne": "not_equals", "neq": "not_equals", "not_equal": "not_equals", "not_equals": "not_equals",
    "is_not": "not_equals", "gt": "greater", "greater": "greater", "greater_than": "greater",
    "gte": "greater_or_equal", "ge": "greater_or_equal", "greater_or_equal": "greater_or_equal",
    "greater_than_or_equal": "greater_or_equal", "lt": "less", "less": "less", "less_than": "less",
    "lte": "less_or_equal", "le": "less_or_equal", "less_or_equal": "less_or_equal",
    "less_than_or_equal": "less_or_equal", "contains": "contains", "includes": "contains",
    "not_contains": "not_contains", "does_not_contain": "not_contains",
    "starts_with": "starts_with", "startswith": "starts_with", "ends_with": "ends_with",
    "endswith": "ends_with", "empty": "is_empty", "is_empty": "is_empty",
    "not_empty": "is_not_empty", "is_not_empty": "is_not_empty", "exists": "exists",
    "regex": "matches", "matches": "matches",
}  # fmt: skip
_SIGNS = {
    "==": "equals", "=": "equals", "===": "equals", "!=": "not_equals", "!==": "not_equals",
    ">": "greater", ">=": "greater_or_equal", "<": "less", "<=": "less_or_equal",
}  # fmt: skip
_PART = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def condition_config(condition: Any) -> dict[str, Any] | None:
    """The config of an `if` that holds when the condition does; None: it cannot be read.

    Read: an expression as text; `{"field", "operator", "value"}` under their usual names; lists of
    them under `conditions`/`rules`, all or any; true and false.
    """
    if isinstance(condition, bool):
        return {"condition": "true" if condition else "false"}
    if isinstance(condition, str):
        return {"condition": expression_text(condition)} if condition.strip() else None
    if isinstance(condition, list):
        return _listed(condition, "all")
    if not isinstance(condition, Mapping):
        return None
    if (written := first(condition, "expression", "condition", "when", "if")) is not None:
        return condition_config(written)
    if (rules := first(condition, "conditions", "rules", "and", "all")) is not None:
        word = text(first(condition, "combine", "combinator", "logic", "mode")).lower()
        return _listed(rules, "any" if word in ("or", "any") else "all")
    if (rules := first(condition, "or", "any")) is not None:
        return _listed(rules, "any")
    compared = _comparison(condition)
    return None if compared is None else {"conditions": [compared]}


def _listed(rules: Any, combine: str) -> dict[str, Any] | None:
    found = [_comparison(rule) for rule in objects(rules)]
    if not found or None in found or not isinstance(rules, list) or len(found) != len(rules):
        return None
    return {"conditions": found, "combine": combine}


def _comparison(rule: Mapping[str, Any]) -> dict[str, Any] | None:
    left = first(rule, "left", "field", "variable", "path", "key", "value1", "input")
    named = text(first(rule, "operator", "op", "comparison", "type"))
    operator = _SIGNS.get(named.strip()) or _OPERATORS.get(spelled(named or "equals"))
    if left is None or operator is None:
        return None
    right = first(rule, "right", "value", "value2", "compare_to", "expected")
    return {"left": _read(left), "operator": operator, "right": right}


def _read(left: Any) -> Any:
    """A bare path is a field of what arrives; a template is one already."""
    if not isinstance(left, str) or "{{" in left:
        return left
    path = re.sub(r"^(?:output|input|data|result)(?:\.|\Z)", "", left)
    return f"{{{{input.{path}}}}}" if path else "{{input}}"


def expression_text(written: str) -> str:
    """An expression with `{{…}}` parts in it as one expression."""
    parts = _PART.findall(written)
    if len(parts) == 1 and _PART.fullmatch(written.strip()):
        return str(parts[0]).strip()
    joined = _PART.sub(lambda found: f"({found[1].strip()})", written)
    return re.sub(r"([!=]=)=", r"\1", joined).strip()
