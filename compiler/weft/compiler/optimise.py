"""The passes, in order. Each keeps what a program computes and changes nothing the second time."""

from collections.abc import Callable
from typing import Final, TypeAlias

from weft.compiler.lower.program import Program
from weft.compiler.passes.fold_constants import fold_constants

Pass: TypeAlias = Callable[[Program], Program]

PASSES: Final[tuple[Pass, ...]] = (fold_constants,)


def optimise(program: Program) -> Program:
    """Apply every pass."""
    for apply in PASSES:
        program = apply(program)
    return program
