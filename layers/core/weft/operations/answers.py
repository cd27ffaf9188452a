"""What a task's history details say: the runner's answer, or how it failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from weft.asl.http_task import READINGS, own_error
from weft.asl.raised import restored
from weft.domain.workflow import Json, JsonObject
from weft.ir.ops import NativeCall
from weft.semantics.answers import Failed

LEVELS: Final = frozenset({"debug", "info", "warning", "error"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A runner's answer: outputs by port, log lines, and (input tokens, output tokens, cost)."""

    outputs: Mapping[str, Json]
    logs: Sequence[JsonObject] = ()
    usage: tuple[int, int, float] = (0, 0, 0.0)


def read_reply(output: Json, *, callback: bool = False) -> Reply:
    """Reads `{"Payload": {"outputs", "logs", "usage"}}`; with `callback` a token's bare answer."""
    if callback:
        return Reply(output if isinstance(output, dict) else {})
    payload = output.get("Payload", output) if isinstance(output, dict) else None
    if not isinstance(payload, dict):
        return Reply({})
    outputs, logs, usage = (payload.get(name) for name in ("outputs", "logs", "usage"))
    return Reply(
        outputs if isinstance(outputs, dict) else {},
        [_line(line) for line in logs] if isinstance(logs, list) else (),
        _usage(usage) if isinstance(usage, dict) else (0, 0, 0.0),
    )


def is_native(details: Mapping[str, Json]) -> bool:
    """Whether a task's event is about a call of the host's own, not about a runner."""
    return details.get("resourceType") == "http"


def read_native(output: Json, call: NativeCall) -> Reply:
    """What a call of the host's own answered, by port."""
    answer = output if isinstance(output, dict) else {}
    return Reply({port: READINGS[name].read(answer) for port, name in call.outputs.items()})


def failed(details: Mapping[str, Json]) -> Failed:
    """Error and cause of a failed event; a Lambda's cause is a JSON document with the message."""
    cause = details.get("cause")
    told = str(details.get("error") or "States.TaskFailed")
    error, message = restored(told, cause if isinstance(cause, str) else "")
    if message.startswith("{"):
        try:
            document = orjson.loads(message)
        except orjson.JSONDecodeError:
            document = {}
        message = str(document.get("errorMessage", message))
    return Failed(own_error(error), message)


def _line(line: Json) -> JsonObject:
    held = line if isinstance(line, dict) else {"message": str(line)}
    level = held.get("level")
    return {
        "level": level if level in LEVELS else "info",
        "message": str(held.get("message", "")),
        "data": held["data"] if isinstance(held.get("data"), dict) else {},
    }


def _usage(usage: JsonObject) -> tuple[int, int, float]:
    return (
        int(usage.get("input_tokens") or 0),
        int(usage.get("output_tokens") or 0),
        float(usage.get("cost_usd") or 0.0),  # None where a model has no known price
    )
