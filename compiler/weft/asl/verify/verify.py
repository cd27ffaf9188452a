"""The rules in order, and the one way to ask them."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import Machine, Syntax, read
from weft.asl.verify.rules.assignments import assignments
from weft.asl.verify.rules.choices import choices
from weft.asl.verify.rules.errors import errors
from weft.asl.verify.rules.express import express
from weft.asl.verify.rules.expressions import expressions
from weft.asl.verify.rules.fields import fields
from weft.asl.verify.rules.intrinsics import intrinsics
from weft.asl.verify.rules.languages import languages
from weft.asl.verify.rules.map_runs import map_runs
from weft.asl.verify.rules.names import names
from weft.asl.verify.rules.numbers import numbers
from weft.asl.verify.rules.paths import paths
from weft.asl.verify.rules.reach import reach
from weft.asl.verify.rules.resources import resources
from weft.asl.verify.rules.results import results
from weft.asl.verify.rules.shape import shape
from weft.asl.verify.rules.size import size
from weft.asl.verify.rules.targets import targets
from weft.asl.verify.rules.variables import variables
from weft.asl.verify.rules.waits import waits

Rule: TypeAlias = Callable[[Machine], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    size, shape, languages, names, fields, targets, reach, errors, choices, waits, numbers,
    resources, express, expressions, intrinsics, paths, map_runs, results, assignments, variables,
)  # fmt: skip


def verify(
    definition: Any, *, kind: str = "STANDARD", syntax: Syntax | None = None
) -> list[Finding]:
    """Everything that the rules find. `syntax` says what is wrong with the text of JSONata.

    A definition given as text is parsed first.
    """
    if isinstance(definition, str):
        try:
            definition = json.loads(definition)
        except ValueError as error:
            return [Finding("ASL001", "/", f"the definition is no JSON: {error}")]
    machine = read(definition, kind, syntax)
    return [finding for rule in RULES for finding in rule(machine)]
