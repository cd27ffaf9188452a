"""Wait states: exactly one time, and a time that is one."""

import re
from collections.abc import Iterator
from datetime import datetime

from weft.asl.verify.finding import Finding
from weft.asl.verify.machine import JSONATA, Machine, is_expression

_TIMES = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
# RFC 3339, section 5.6, as Step Functions narrows it: capital T, and a zone.
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


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


def is_timestamp(value: object) -> bool:
    """Whether a constant is a time that exists."""
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value))
    except ValueError:
        return False
    return True
