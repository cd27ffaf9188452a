"""The ways of compiling that are compared: the baselines, and ours under every policy."""

from collections.abc import Mapping
from typing import Final

from weft.compiler.options import Lowering, Options, Policy

WAYS: Final[Mapping[str, Options]] = {
    "naive-layers": Options(Lowering.NAIVE_LAYERS, Policy.DURABLE, native=False),
    "sequence": Options(Lowering.SEQUENCE, Policy.DURABLE, native=False),
    "handwritten": Options(Lowering.HANDWRITTEN, Policy.DURABLE),
    "durable": Options(policy=Policy.DURABLE),
    "balanced": Options(),
    "cheapest": Options(policy=Policy.CHEAPEST),
}
