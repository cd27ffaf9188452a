"""A step sees values, never claims: they are redeemed before it, and made of what it gives."""

from typing import Any

from weft.domain.claim import (
    MAX_CLAIMED_BYTES,
    MAX_REDEEMED_BYTES,
    NO_CLAIM,
    Claimable,
    claimed,
    redeemed,
)  # fmt: skip
from weft.domain.errors import PermanentStepError
from weft.ports.claims import StepClaims
from weft.runner.call import StepCall
from weft.runner.exact_json import to_json


def redeemed_call(call: StepCall, claims: StepClaims) -> StepCall:
    """The call with values in place of its run's claims. Raises `StepError`."""
    left = MAX_REDEEMED_BYTES

    def fetch(text: str) -> Any:
        nonlocal left
        found = claims.fetch(text)
        if found is not NO_CLAIM:
            left -= int(text.split(".")[1])
            if left < 0:
                raise PermanentStepError(
                    f"the step would be given more than {MAX_REDEEMED_BYTES:,} bytes"
                )
        return found

    given = {name: redeemed(getattr(call, name), fetch) for name in ("config", "inputs")}
    return call.model_copy(update=given)


def claimed_outputs(call: StepCall, outputs: dict[str, Any], claims: StepClaims) -> dict[str, Any]:
    """The answer with claims for what is large and may be claimed.

    Raises `StepError`, and what `to_json` does of a value that is no JSON.
    """

    def is_large(value: Any) -> bool:
        return call.claim_above < len(to_json(value)) <= MAX_CLAIMED_BYTES

    return {
        port: claimed(value, Claimable.from_json(call.claims[port]), claims.keep, is_large)
        if port in call.claims
        else value
        for port, value in outputs.items()
    }
