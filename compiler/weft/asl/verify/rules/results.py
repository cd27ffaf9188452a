"""`$states.result` and `$states.errorOutput`: where there is a result, or an error."""

import re
from collections.abc import Iterator

from weft.asl.verify.finding import Finding
from weft.asl.verify.jsonata import without_texts
from weft.asl.verify.machine import Machine

_RESULT = re.compile(r"\$states\s*\.\s*result\b")
_ERROR = re.compile(r"\$states\s*\.\s*errorOutput\b")


def results(machine: Machine) -> Iterator[Finding]:
    """A result is there after a call, in what a state puts out; an error in its Catch."""
    for state in machine.states():
        for path, text in state.expressions():
            field = path[len(state.path) + 1 :].split("/", 1)[0]
            bare = without_texts(text)
            after = state.type in ("Task", "Map", "Parallel") and field in ("Output", "Assign")
            if _RESULT.search(bare) and not after:
                yield Finding("ASL140", path, "$states.result is not available here")
            if _ERROR.search(bare) and field != "Catch":
                yield Finding("ASL141", path, "$states.errorOutput is not available here")
