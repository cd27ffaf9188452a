"""What the answer to one call of several steps says of each of them, for the run view."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from weft.domain.workflow import Json, JsonObject
from weft.expressions.errors import ExpressionError, ExpressionLimit
from weft.nodekit.fused_call import TIMEOUT, FusedCall, FusedStep, Outputs, is_fused
from weft.operations.answers import Reply, read_reply
from weft.semantics.answers import Answer, Failed, Ok, TimedOut


@dataclass(frozen=True, slots=True)
class ToldStep:
    """One step of the call. `retried`: what each attempt that was not the last failed with, as
    `{"type", "message"}`; milliseconds are counted from the start of the call."""

    node_id: str
    input: Json
    retried: Sequence[JsonObject]
    reply: Reply
    answer: Answer
    begun_ms: int
    ended_ms: int

    @property
    def attempts(self) -> int:
        """How often it was tried."""
        return len(self.retried) + 1


def read_steps(payload: Json, output: Json) -> Iterator[ToldStep]:
    """The steps that were run, in order; nothing where this is no answer to such a call."""
    answer = output.get("Payload", output) if isinstance(output, dict) else None
    if not is_fused(payload) or not isinstance(answer, dict):
        return
    try:
        call = FusedCall.model_validate(payload)
    except ValidationError:
        return
    done: dict[str, Outputs] = {}
    traces, outputs = answer.get("steps") or [], answer.get("outputs") or {}
    for step, trace, given in zip(call.steps, traces, outputs.values(), strict=False):
        reply = read_reply({**trace, "outputs": given})
        *retried, last = [*trace["errors"], None] if given is not None else trace["errors"]
        yield ToldStep(
            step.node_id,
            _input(call, step, done),
            retried,
            reply,
            _answer(reply, last, len(retried) + 1),
            trace["begun_ms"],
            trace["ended_ms"],
        )
        done[step.node_id] = reply.outputs


def _answer(reply: Reply, error: JsonObject | None, attempts: int) -> Answer:
    if error is None:
        return Ok(reply.outputs)
    message = str(error["message"])
    if error["type"] == TIMEOUT:
        return TimedOut(message, attempts)
    return Failed(str(error["type"]), message, attempts)


def _input(call: FusedCall, step: FusedStep, done: Mapping[str, Outputs]) -> Json:
    """What it was called with, as the history holds it of a step that is called alone."""
    try:
        inputs: Json = call.called(step, done)["inputs"]
    except (ExpressionError, ExpressionLimit):
        return None
    return inputs
