"""Definitions as the service takes them: text that is read, checked and refused in its words."""

from typing import Any, Final

from weft.asl.verify.finding import Finding
from weft.asl.verify.verify import verify
from weft.engine.json import from_json
from weft.engine.jsonata import JsonataSyntaxError
from weft.engine.jsonata_fast import shared
from weft.stepfunctions.refusals import Refused

NO_JSON: Final = "INVALID_JSON_DESCRIPTION"
WRONG: Final = "SCHEMA_VALIDATION_FAILED"


def read_definition(text: str, kind: str) -> dict[str, Any]:
    """The definition. Raises Refused: InvalidDefinition, with everything that is wrong with it."""
    found = findings(text, kind)
    refused = [finding for finding in found if finding.refused]
    if refused:
        listed = ", ".join(f"{code_of(f)}: {f.message} at {f.path}" for f in refused)
        raise invalid_definition(listed)
    definition: dict[str, Any] = from_json(text)
    return definition


def findings(text: str, kind: str) -> list[Finding]:
    """Everything that the service's own check finds."""
    return verify(text, kind=kind, syntax=_syntax)


def invalid_definition(what: str) -> Refused:
    """InvalidDefinition."""
    return Refused("InvalidDefinition", f"Invalid State Machine Definition: '{what}'")


def code_of(finding: Finding) -> str:
    """The service's code for a finding."""
    return NO_JSON if finding.code == "ASL001" else WRONG


def _syntax(text: str) -> str | None:
    try:
        shared().compile(text)
    except JsonataSyntaxError as error:
        return str(error)
    return None
