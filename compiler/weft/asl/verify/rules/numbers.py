"""Constants that count something: seconds, concurrency, tolerated failures."""

from collections.abc import Iterator

from weft.asl.limits import MAX_WAIT_SECONDS
from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, is_expression

_LEAST = {
    "Seconds": 0, "TimeoutSeconds": 1, "HeartbeatSeconds": 1, "MaxConcurrency": 0,
    "ToleratedFailureCount": 0,
}  # fmt: skip


def numbers(machine: Machine) -> Iterator[Finding]:
    """Integers in their range, or an expression where the state speaks JSONata."""
    for state in machine.states():
        for key, least in _LEAST.items():
            found = state.source.get(key, least)
            if state.language == JSONATA and is_expression(found):
                continue
            whole = isinstance(found, int) and not isinstance(found, bool)
            if not whole or not least <= found <= MAX_WAIT_SECONDS:
                message = f"must be an integer from {least} to {MAX_WAIT_SECONDS}"
                yield Finding("ASL090", f"{state.path}/{key}", message)
        limit, beat = state.source.get("TimeoutSeconds"), state.source.get("HeartbeatSeconds")
        if isinstance(limit, int) and isinstance(beat, int) and beat >= limit:
            where = f"{state.path}/HeartbeatSeconds"
            yield Finding("ASL091", where, "must be smaller than 'TimeoutSeconds'")
