"""Wait states: exactly one time, and a time that is one."""

from collections.abc import Iterator

from weft.asl.timestamp import is_timestamp
from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, is_expression

_TIMES = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")


def waits(machine: Machine) -> Iterator[Finding]:
    """A number of seconds or a timestamp."""
    for state in machine.states():
        if state.type != "Wait":
            continue
        if sum(key in state.source for key in _TIMES) != 1:
            yield Finding("ASL080", state.path, f"exactly one of {', '.join(_TIMES)} is needed")
        moment = state.source.get("Timestamp")
        if moment is None or (state.language == JSONATA and is_expression(moment)):
            continue
        if not is_timestamp(moment):
            where = f"{state.path}/Timestamp"
            yield Finding("ASL081", where, "String does not match RFC3339 timestamp")
