"""Compute what is constant now, so that no run pays for it."""

from dataclasses import replace

from weft.compiler.lower.program import Program
from weft.expressions.references import fold
from weft.ir.walk import rewrite


def fold_constants(program: Program) -> Program:
    """Replace every expression without free names by its value.

    Before: v:a = 1 + 2    After: v:a = 3
    """
    return replace(
        program,
        definitions={name: fold(expr) for name, expr in program.definitions.items()},
        returned={name: fold(expr) for name, expr in program.returned.items()},
        rounds={name: each.mapped(fold) for name, each in program.rounds.items()},
        effects={name: rewrite(op, fold) for name, op in program.effects.items()},
    )
