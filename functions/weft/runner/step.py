"""Runs one step: load the node type, validate its config, run it, check what it gives back."""

from typing import Any

from pydantic import ValidationError

from weft.domain.claim import MAX_CLAIMED_BYTES
from weft.domain.errors import PermanentStepError
from weft.domain.scrub import Scrubber
from weft.nodekit.node_type import NodeType
from weft.ports.claims import StepClaims
from weft.runner.call import StepCall, parse_call, problems
from weft.runner.claims import claimed_outputs, redeemed_call
from weft.runner.context import RunningStep, Services
from weft.runner.exact_json import to_json
from weft.runner.failure import StepFailure, failure_of
from weft.runner.log import MAX_LOG_BYTES

# Step Functions service quotas: input and output of a state, in UTF-8 bytes.
MAX_ANSWER_BYTES = 262_144
# What the host and we ourselves put around the outputs.
ENVELOPE_BYTES = 1_024

DATA_LIMIT = "States.DataLimitExceeded"
NOT_JSON = "Runtime.MarshalError"  # Lambda's name for it


def run_step(payload: Any, services: Services) -> dict[str, Any]:
    """The answer: `outputs` by port, `logs`, and `usage` of models or None.

    Raises `StepFailure`, whatever happened; nothing in it is a secret that the step had opened.
    """
    scrubber = Scrubber()
    try:
        call = parse_call(payload)
        node = services.load(call.node_type, call.version)
        step = RunningStep(call, node.needs, services)
        scrubber = step.scrubber
        claims = services.claims(call)
        outputs = _run(node, redeemed_call(call, claims), step)
        # Some services repeat what they were sent, and what a step gives is stored and shown.
        return _answer(call, step.secrets_of(node).known(outputs), claims, step)
    except (Exception, SystemExit) as error:
        raise failure_of(error, scrubber) from None


def _run(node: NodeType[Any], call: StepCall, step: RunningStep) -> Any:
    if node.run is None:
        raise PermanentStepError(f"{call.node_type} is native: the compiler never sends it here")
    try:
        config = node.config.model_validate(call.config, context={"templates": False})
    except ValidationError as error:
        raise PermanentStepError(
            f"the config of {call.node_id} does not fit: {problems(error)}"
        ) from None
    return node.run(config, call.inputs, step)


def _answer(call: StepCall, outputs: Any, claims: StepClaims, step: RunningStep) -> dict[str, Any]:
    if not isinstance(outputs, dict):
        raise StepFailure(NOT_JSON, f"a step gives a value per port, not {type(outputs).__name__}")
    left = _claimed(call, outputs, claims)
    size = len(_as_json(left))
    room = MAX_ANSWER_BYTES - ENVELOPE_BYTES - size
    if room < 0:
        raise StepFailure(DATA_LIMIT, _too_large(call, outputs, size))
    return {
        "outputs": left,
        "logs": step.log.lines(min(room, MAX_LOG_BYTES)),
        "usage": step.usage.summary(),
    }


def _claimed(call: StepCall, outputs: dict[str, Any], claims: StepClaims) -> dict[str, Any]:
    try:
        return claimed_outputs(call, outputs, claims)
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(error) from None


def _too_large(call: StepCall, outputs: dict[str, Any], size: int) -> str:
    """Which way out there is depends on why the largest output is no claim."""
    said = (
        f"the step's output has {size:,} bytes; a step may give "
        f"{MAX_ANSWER_BYTES - ENVELOPE_BYTES:,} (256 KiB less what the host adds)"
    )
    port = max(outputs, key=lambda name: len(_as_json(outputs[name])))
    if len(_as_json(outputs[port])) > MAX_CLAIMED_BYTES:
        return f"{said}, or {MAX_CLAIMED_BYTES:,} at one output. Give less"
    if port not in call.claims:
        return (
            f"{said}, because an expression reads all of {port!r}; `weft explain` says which. "
            "Hand it on to a step as it is, or read single members of it"
        )
    return f"{said}, and so much of {port!r} is read by expressions. Give less, or read less of it"


def _as_json(outputs: Any) -> bytes:
    try:
        return to_json(outputs)
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(error) from None


def _not_json(error: Exception) -> StepFailure:
    return StepFailure(NOT_JSON, f"the step's output is not JSON: {error}")
