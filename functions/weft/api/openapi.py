"""The OpenAPI document: what the framework knows, plus problems, security and the sockets."""

from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from weft.api.answers import Json

_PROBLEM: Final = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:weft:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["not-found"]},
        "diagnostics": {"type": "array", "items": {"$ref": "#/components/schemas/Diagnostic"}},
    },
}
_DIAGNOSTIC: Final = {
    "title": "Diagnostic",
    "type": "object",
    "required": ["code", "severity", "message"],
    "properties": {
        "code": {"type": "string", "examples": ["W2101"]},
        "severity": {"enum": ["error", "warning", "note"]},
        "title": {"type": "string"},
        "message": {"type": "string"},
        "node": {"type": ["string", "null"]},
        "port": {"type": ["string", "null"]},
        "hint": {"type": ["string", "null"]},
        "field": {"type": "string"},
    },
}
_SCHEMES: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token of a signed-in person, or an API key.",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_REPLACED: Final = ("HTTPValidationError", "ValidationError")


async def openapi_document(request: Request) -> Response:
    """`GET /openapi.json`, made once."""
    return Json(document(request.app))


def document(app: FastAPI) -> dict[str, Any]:
    """The finished document; kept by the application after the first time."""
    known: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if known is None:
        known = app.openapi()
        components = known.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        schemas.update(Problem=_PROBLEM, Diagnostic=_DIAGNOSTIC)
        for name in _REPLACED:
            schemas.pop(name, None)
        components["securitySchemes"] = _SCHEMES
        known["security"] = [{"bearer": []}, {"apiKey": []}]
        app.state.openapi = known
    return known
