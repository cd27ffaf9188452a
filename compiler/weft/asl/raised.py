"""Errors that a task's own expressions raise: what a child machine or a fused step failed with.

A host tells of them in its words for an expression that cannot be evaluated, so what was raised
stands between marks in the cause. Nothing else of those words is relied on.
"""

import json
from typing import Final

BEGIN: Final = "weft-child:"
END: Final = ":weft-child"


def restored(error: str, cause: str) -> tuple[str, str]:
    """Error and cause as they were raised, or as a nested execution had them; others as they are.

    A task that waits for a nested execution fails with `States.TaskFailed` and a JSON document
    with the execution's `Error` and `Cause` (AWS, "Start workflow executions from a task state").
    """
    _, begun, rest = cause.partition(f"{BEGIN}{{")  # the expression itself stands before it
    told, ended, _ = rest.partition(f"}}{END}")
    if begun and ended:
        found = _document(f"{{{told}}}")
    elif error == "States.TaskFailed":
        found = _document(cause)
    else:
        return error, cause
    named, because = found.get("Error"), found.get("Cause")
    if not isinstance(named, str):
        return error, cause
    return named, because if isinstance(because, str) else ""


def _document(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
