"""The ways of compiling that are compared: the baselines, and ours under every policy."""

from collections.abc import Mapping
from typing import Final

from weft.compiler.options import Lowering, Options, Policy, lowered

WAYS: Final[Mapping[str, Options]] = {
    "naive-layers": lowered(Lowering.NAIVE_LAYERS),
    "sequence": lowered(Lowering.SEQUENCE),
    "handwritten": lowered(Lowering.HANDWRITTEN),
    "durable": Options(policy=Policy.DURABLE),
    "balanced": Options(),
    "cheapest": Options(policy=Policy.CHEAPEST),
}

# Only here it matters which calls may be repeated, so this way is measured once per assumption.
ASSUMING: Final = "balanced"
