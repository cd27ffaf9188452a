"""Claims of a run: made and redeemed for its steps, and redeemed for who looks at it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from weft.domain.claim import (
    CLAIM,
    MAX_REDEEMED_BYTES,
    NO_CLAIM,
    Seal,
    may_hold_claims,
    redeemed,
)
from weft.domain.errors import PermanentStepError
from weft.domain.json_text import json_text
from weft.domain.run import Run, Step
from weft.domain.workflow import Json
from weft.operations.platform import Platform
from weft.ports.claims import ClaimStore


@dataclass(frozen=True, slots=True)
class RunClaims:
    """See `weft.ports.claims.StepClaims`."""

    store: ClaimStore
    seal: Seal

    def keep(self, value: Json) -> str:
        content = _written(value)
        digest = hashlib.sha256(content).hexdigest()
        self.store.put(self.seal.tenant_id, self.seal.run_id, digest, content)
        return self.seal.text(digest, len(content))

    def fetch(self, text: str) -> Json:
        sealed = self.seal.read(text)
        if sealed is None:
            return NO_CLAIM
        digest, size = sealed
        content = self.store.get(self.seal.tenant_id, self.seal.run_id, digest)
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise PermanentStepError(f"a value of {size:,} bytes of this run is gone or damaged")
        return _read(content)


def _written(value: Json) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers over 64 bits, lone surrogates and more than 254 levels.
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def _read(content: bytes) -> Json:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return json.loads(content)


def claims_of(platform: Platform, tenant_id: str, run_id: str) -> RunClaims:
    """Of one run of one tenant, and of no other."""
    return RunClaims(platform.claims, Seal(platform.vault.derive("claims"), tenant_id, run_id))


def claims_something(run: Run) -> bool:
    """Whether there may be anything to redeem: most runs have nothing."""
    return may_hold_claims(json_text([run.output, run.response]))


def shown_run(platform: Platform, run: Run) -> Run:
    """With what its output and response claim."""
    shown = _Shown(claims_of(platform, run.tenant_id, run.run_id))
    return replace(run, output=shown.of(run.output), response=shown.of(run.response))


def shown_steps(platform: Platform, run: Run, steps: Sequence[Step]) -> list[Step]:
    """With what their inputs and outputs claim, the first steps first."""
    shown = _Shown(claims_of(platform, run.tenant_id, run.run_id))
    return [
        replace(step, input=shown.of(step.input), output=shown.of(step.output)) for step in steps
    ]


@dataclass(slots=True)
class _Shown:
    """Redeems for a reader: what is gone or would be too much stays a claim."""

    claims: RunClaims
    left: int = MAX_REDEEMED_BYTES

    def of(self, value: Json) -> Json:
        """The value with what its claims stand for."""
        return redeemed(value, self._fetch)

    def _fetch(self, text: str) -> Json:
        sealed = self.claims.seal.read(text)
        if sealed is None:
            return NO_CLAIM
        if sealed[1] > self.left:
            return {CLAIM: text}
        self.left -= sealed[1]
        try:
            return self.claims.fetch(text)
        except PermanentStepError:
            return {CLAIM: text}
