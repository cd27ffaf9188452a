"""Says what is wrong with a graph; nothing of it runs or is stored."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from weft.api.access import READ_WORKFLOWS, Endpoint
from weft.api.answers import Json
from weft.api.asked import asked
from weft.api.requests import ValidateGraph
from weft.domain.errors import Severity
from weft.operations.validate_graph import validate_graph as validate


class Findings(TypedDict):
    """`valid`: it could be published. Diagnostics name code, severity, node, port and hint."""

    valid: bool
    diagnostics: list[dict[str, Any]]


async def validate_workflow(request: Request, body: ValidateGraph) -> Response:
    """All problems of a graph at once, without saving or running it."""
    ask = asked(request)
    found = await validate(ask.platform, ask.caller, body.graph)
    valid = all(item.severity is not Severity.ERROR for item in found)
    return Json({"valid": valid, "diagnostics": [asdict(item) for item in found]})


ENDPOINTS = (Endpoint("POST", "/workflows/validate", validate_workflow, READ_WORKFLOWS, Findings),)
