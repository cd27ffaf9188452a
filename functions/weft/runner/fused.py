"""Runs the steps of one call in turn, each as if it were called alone; see `nodekit.fused_call`."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from weft.domain.errors import PermanentStepError
from weft.domain.scrub import Scrubber
from weft.nodekit.fused_call import TIMEOUT, Failure, FusedCall, conducted, is_fused
from weft.runner.call import problems
from weft.runner.context import Services
from weft.runner.exact_json import to_json
from weft.runner.failure import OUT_OF_MEMORY, StepFailure, failure_of
from weft.runner.step import DATA_LIMIT, ENVELOPE_BYTES, MAX_ANSWER_BYTES, run_step
from weft.runner.time_limit import TimeIsUp, time_limit

_TRACE_BYTES = 1_024  # kept for what a step's trace says besides outputs, logs and errors
# After these nobody knows what state the process is in.
_UNFIT = frozenset({TIMEOUT, OUT_OF_MEMORY})


def run_call(
    payload: Any, services: Services, pause: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """The answer to a call of one step or of several. Raises `StepFailure`."""
    if not is_fused(payload):
        return run_step(payload, services)
    try:
        call = FusedCall.model_validate(payload)
    except ValidationError as error:
        malformed = PermanentStepError(f"the call's payload is malformed: {problems(error)}")
        raise failure_of(malformed, Scrubber()) from None
    return _run_steps(call, services, pause)


def ends_process(answer: Mapping[str, Any]) -> bool:
    """Whether what ended the call may have left its process unfit for another one."""
    return answer.get("failed", {}).get("Error") in _UNFIT


def _run_steps(
    call: FusedCall, services: Services, pause: Callable[[float], None]
) -> dict[str, Any]:
    room = MAX_ANSWER_BYTES - ENVELOPE_BYTES - _TRACE_BYTES * len(call.steps)
    steps = conducted(call, time.monotonic)
    attempt = next(steps)
    while True:
        if attempt.pause:
            pause(attempt.pause)
        outcome = _outcome(attempt.call, services, room)
        if not isinstance(outcome, Failure):
            room -= len(to_json(outcome["outputs"]))
        try:
            attempt = steps.send(outcome)
        except StopIteration as ended:
            answer: dict[str, Any] = ended.value
            return _fitting(answer, room)


def _outcome(call: dict[str, Any], services: Services, room: int) -> dict[str, Any] | Failure:
    seconds = call["deadline_seconds"]
    try:
        with time_limit(seconds):
            outcome = _tried(call, services)
    except TimeIsUp:
        return Failure(TIMEOUT, f"the step did not end within {seconds:g} s")
    if not isinstance(outcome, Failure) and len(to_json(outcome["outputs"])) > room:
        return Failure(DATA_LIMIT, "steps that share a call give more than 256 KiB together")
    return outcome


def _tried(call: dict[str, Any], services: Services) -> dict[str, Any] | Failure:
    try:
        return run_step(call, services)
    except StepFailure as failure:
        return Failure(failure.error_type, failure.message)


def _fitting(answer: dict[str, Any], room: int) -> dict[str, Any]:
    """The answer with as many log lines, from the first on, as there is room for."""
    room -= len(to_json([step["errors"] for step in answer["steps"]]))
    room -= len(to_json(answer.get("failed")))
    for step in answer["steps"]:
        kept = []
        for number, line in enumerate(step["logs"]):
            room -= len(to_json(line)) + 1
            if room < 0:
                left = f"{len(step['logs']) - number} more lines were left out"
                kept.append({"level": "warning", "message": left, "data": {}})
                break
            kept.append(line)
        step["logs"] = kept
    return answer
