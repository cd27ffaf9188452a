"""One call of a runner for several steps, one after the other: what it says and what it answers.

A step's config and inputs are one expression, as JSON text that no host looks into, over `values`
by number, which the host computes while it calls, and over what the steps before it gave, `n:ID`.
The answer is `{"outputs": {place: {port: value} | null}, "steps": [trace], "failed"?}`. A trace is
`{"node_id", "key", "attempts", "errors", "logs", "usage", "begun_ms", "ended_ms"}`, with one of
`{"type", "message"}` in `errors` for each attempt that failed. `failed` is `{"Error", "Cause"}` of
the step that failed for good, as a host tells a function's error; the steps behind it did not run.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic import JsonValue as PydanticJson

from weft.asl.http_task import PERMANENT, TRANSIENT
from weft.domain.claim import CLAIM_BYTES
from weft.domain.graph import Retry
from weft.expressions.ast import JsonValue, Ref
from weft.expressions.errors import ExpressionError, ExpressionLimit
from weft.expressions.serial import program_of

TIMEOUT: Final = "States.Timeout"
# Characters of a cause: it travels as JSON in JSON inside one of at most 32,768 (AWS,
# SendTaskFailure and others: cause), together with the expression that raises it.
_CAUSE: Final = 12_000
_RETRIED: Final = 500  # characters kept of what an attempt failed with that was not the last

Outputs: TypeAlias = Mapping[str, JsonValue]


class FusedStep(BaseModel):
    """One step of the call. `called`: the expression for `{"config", "inputs"}`.

    What a step gives may be claims; what reads it then can tell no difference (`lower/claims.py`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    node_id: str
    node_type: str
    version: int
    key: str
    called: str
    deadline_seconds: float
    retry: Retry
    claims: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    claim_above: int = CLAIM_BYTES


class FusedCall(BaseModel):
    """The payload. All steps are of one isolation domain: they share group and credential."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: str
    run_id: str
    workflow_id: str
    attempt: int = 1
    credential: str | None = None
    values: list[PydanticJson]
    steps: tuple[FusedStep, ...]

    def called(self, step: FusedStep, done: Mapping[str, Outputs]) -> Mapping[str, Any]:
        """`{"config", "inputs"}` of a step; `done`: what the steps before it gave.

        Raises `ExpressionError` and `ExpressionLimit`.
        """

        def find(ref: Ref) -> JsonValue:
            if ref.name.isdigit():
                return self.values[int(ref.name)]
            found = done.get(ref.name.removeprefix("n:"))
            return None if found is None else {"r": dict(found)}

        found = program_of(step.called).value(find)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be done next: wait for `pause` seconds, then run a step with this payload."""

    call: dict[str, Any]
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed; `type` is the error's name."""

    type: str
    message: str = ""


def is_fused(payload: object) -> bool:
    """Whether a runner's payload is for several steps."""
    return isinstance(payload, Mapping) and "steps" in payload


def place(number: int) -> str:
    """The name of a step's outputs in the answer."""
    return f"s{number}"


def pause_after(attempt: int, retry: Retry) -> float:
    """Seconds between an attempt that failed, counted from 1, and the next, as the host counts."""
    most = max(retry.max_delay_seconds, retry.interval_seconds + 1)
    return float(min(retry.interval_seconds * retry.backoff_rate ** (attempt - 1), most))


def conducted(
    call: FusedCall, now: Callable[[], float]
) -> Generator[Attempt, Mapping[str, Any] | Failure, dict[str, Any]]:
    """Gives the attempts in turn, takes a runner's answer to each or how it failed, and returns the
    answer to the whole. Each step is tried again as its own task would be. `now`: in seconds."""
    began = now()
    done: dict[str, Outputs] = {}
    steps: list[dict[str, Any]] = []
    outputs: dict[str, Outputs | None] = {place(k): None for k in range(len(call.steps))}
    answer: dict[str, Any] = {"outputs": outputs, "steps": steps}
    for number, step in enumerate(call.steps):
        begun, errors = _since(began, now), []
        outcome: Mapping[str, Any] | Failure
        try:
            told = call.called(step, done)
        except (ExpressionError, ExpressionLimit) as error:
            outcome = Failure(PERMANENT, f"an expression cannot be evaluated: {error}")
        else:
            outcome = yield Attempt(_payload(call, step, told, 1))
        while isinstance(outcome, Failure):
            errors.append({"type": outcome.type, "message": outcome.message})
            if outcome.type != TRANSIENT or len(errors) > step.retry.max_retries:
                break
            errors[-1]["message"] = outcome.message[:_RETRIED]
            pause = pause_after(len(errors), step.retry)
            outcome = yield Attempt(_payload(call, step, told, len(errors) + 1), pause)
        trace = {
            "node_id": step.node_id,
            "key": step.key,
            "attempts": len(errors) + (not isinstance(outcome, Failure)),
            "errors": errors,
            "begun_ms": begun,
            "ended_ms": _since(began, now),
        }
        if isinstance(outcome, Failure):
            steps.append({**trace, "logs": [], "usage": None})
            return {**answer, "failed": _told(outcome)}
        steps.append({**trace, "logs": outcome.get("logs") or [], "usage": outcome.get("usage")})
        done[step.node_id] = outcome["outputs"]
        outputs[place(number)] = outcome["outputs"]
    return answer


def _since(began: float, now: Callable[[], float]) -> int:
    return round(1000 * (now() - began))


def _payload(
    call: FusedCall, step: FusedStep, told: Mapping[str, Any], attempt: int
) -> dict[str, Any]:
    """As for a step that is called alone."""
    return {
        "tenant_id": call.tenant_id,
        "run_id": call.run_id,
        "workflow_id": call.workflow_id,
        "node_id": step.node_id,
        "node_type": step.node_type,
        "version": step.version,
        "key": step.key,
        "attempt": call.attempt - 1 + attempt,
        "config": told["config"],
        "inputs": told["inputs"],
        "credential": call.credential,
        "deadline_seconds": step.deadline_seconds,
        "claims": step.claims,
        "claim_above": step.claim_above,
    }


def _told(failure: Failure) -> dict[str, str]:
    """As Lambda tells of a function's error."""
    message = failure.message
    while True:
        cause = json.dumps({"errorMessage": message, "errorType": failure.type})
        if len(cause) <= _CAUSE:
            return {"Error": failure.type, "Cause": cause}
        message = message[: len(message) // 2]
