"""Whether this process answers and can read its data."""

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from weft.api.access import Endpoint
from weft.api.answers import Json
from weft.api.asked import platform_of


class Health(TypedDict):
    """`healthy`, or the request fails."""

    status: str


async def health(request: Request) -> Response:
    """Open to everybody; says nothing but that it works."""
    platform_of(request).store.directory.list_tenants()
    return Json({"status": "healthy"})


ENDPOINTS = (Endpoint("GET", "/health", health, None, Health),)
