"""Claims in a differential run: made by dice however small the value, so that all are tried."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weft.domain.claim import NO_CLAIM, Claimable, claimed, redeemed

OFTEN = 0.6  # how likely a value that may be claimed is, and every part of one that is passed on


@dataclass(slots=True)
class ShownClaims:
    """The claims of one run, and what they stand for."""

    made: dict[str, Any] = field(default_factory=dict)

    def claimed(
        self,
        outputs: Mapping[str, Any],
        wanted: Mapping[str, Mapping[str, Any]],
        dice: random.Random,
    ) -> dict[str, Any]:
        """An answer with some of its outputs as claims; `wanted` is what the call asked for."""
        found = dict(outputs)
        for port, told in wanted.items():
            if port in found:
                paths = Claimable.from_json(told)
                found[port] = claimed(
                    found[port], paths, self._keep, lambda _: dice.random() < OFTEN
                )
        return found

    def redeemed(self, value: Any) -> Any:
        """The value without its claims."""
        return redeemed(value, lambda text: self.made.get(text, NO_CLAIM))

    def _keep(self, value: Any) -> str:
        text = f"claim {len(self.made) + 1}"
        self.made[text] = value
        return text
