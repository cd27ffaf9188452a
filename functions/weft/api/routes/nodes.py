"""The catalogue of node types, as it was generated; the editor draws from it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import READ_WORKFLOWS, Endpoint
from weft.api.answers import Json
from weft.api.asked import ListView, asked
from weft.api.catalogue import ServedCatalogue
from weft.domain.errors import NotFound


async def list_nodes(request: Request) -> Response:
    """All node types with ports, categories and the JSON Schema of their configuration."""
    served = _served(request)
    tag = f'"{served.etag}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(served.everything, headers=headers, media_type="application/json")


async def get_node(request: Request, node_type: str) -> Response:
    """One node type, by name or alias."""
    entry = _served(request).by_name.get(node_type)
    if entry is None:
        raise NotFound(f"there is no node type {node_type!r}")
    return Json(entry)


def _served(request: Request) -> ServedCatalogue:
    asked(request)
    served: ServedCatalogue = request.app.state.catalogue
    return served


ENDPOINTS = (
    Endpoint(
        "GET", "/workflows/nodes", list_nodes, READ_WORKFLOWS, ListView[dict[str, Any]], tag="nodes"
    ),
    Endpoint(
        "GET",
        "/workflows/nodes/{node_type}",
        get_node,
        READ_WORKFLOWS,
        dict[str, Any],
        tag="nodes",
    ),
)
