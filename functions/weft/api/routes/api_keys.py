"""API keys: shown once, stored as hashes."""

from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import MANAGE_KEYS, Endpoint
from weft.api.answers import Json, nothing
from weft.api.asked import ListView, asked
from weft.api.requests import CreateApiKey
from weft.api.views import ApiKeyView, NewApiKeyView, key_view, new_key_view
from weft.operations.api_keys import create_api_key as create
from weft.operations.api_keys import list_api_keys as list_all
from weft.operations.api_keys import revoke_api_key as revoke

_DAY_MS = 24 * 3600 * 1000


async def list_api_keys(request: Request) -> Response:
    """Newest first, revoked ones included."""
    ask = asked(request)
    now = ask.platform.now()
    found = await list_all(ask.platform, ask.caller)
    return Json({"items": [key_view(key, now) for key in found]})


async def create_api_key(request: Request, body: CreateApiKey) -> Response:
    """A new key with your role, within its scopes. Needs a signed-in person."""
    ask = asked(request)
    now = ask.platform.now()
    days = body.expires_in_days
    issued = await create(
        ask.platform,
        ask.caller,
        body.name,
        scopes=body.scopes,
        expires_at=None if days is None else now + days * _DAY_MS,
    )
    return Json(new_key_view(issued, now), 201)


async def revoke_api_key(request: Request, key_id: str) -> Response:
    """Takes effect with the next request."""
    ask = asked(request)
    await revoke(ask.platform, ask.caller, key_id)
    return nothing()


ENDPOINTS = (
    Endpoint("GET", "/org/api-keys", list_api_keys, MANAGE_KEYS, ListView[ApiKeyView]),
    Endpoint("POST", "/org/api-keys", create_api_key, MANAGE_KEYS, NewApiKeyView, 201),
    Endpoint("DELETE", "/org/api-keys/{key_id}", revoke_api_key, MANAGE_KEYS, None, 204),
)
