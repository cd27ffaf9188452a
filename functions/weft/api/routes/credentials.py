"""Credentials: into the vault, never out of it."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import TypedDict

from weft.api.access import READ_CREDENTIALS, READ_WORKFLOWS, WRITE_CREDENTIALS, Endpoint
from weft.api.answers import Json, nothing
from weft.api.asked import ListView, asked
from weft.api.requests import CreateCredential
from weft.api.views import CredentialView, credential_view
from weft.domain.credential import NewCredential
from weft.operations.credentials import add_credential, list_credential_types, remove_credential
from weft.operations.credentials import list_credentials as list_all
from weft.operations.credentials import test_credential as check


class CheckView(TypedDict):
    """Whether a credential is complete and can be opened, in a sentence."""

    ok: bool
    message: str


class TypeView(TypedDict):
    """A kind of credential: its fields, and the hosts it may be sent to by default."""

    name: str
    title: str
    fields: list[dict[str, Any]]
    hosts: list[str]


async def list_credentials(request: Request) -> Response:
    """Metadata, by name; no secret is ever shown."""
    ask = asked(request)
    found = await list_all(ask.platform, ask.caller)
    return Json({"items": [credential_view(item) for item in found]})


async def list_types(request: Request) -> Response:
    """What can be added, with the fields each type needs."""
    kinds = list_credential_types(asked(request).platform)
    return Json({"items": [asdict(kind) for kind in kinds]})


async def create_credential(request: Request, body: CreateCredential) -> Response:
    """Seal a secret. It can be used by nodes that name it, and read by nobody."""
    ask = asked(request)
    values = {name: secret.get_secret_value() for name, secret in body.values.items()}
    new = NewCredential(body.name, body.type, values, body.allowed_hosts)
    return Json(credential_view(await add_credential(ask.platform, ask.caller, new)), 201)


async def delete_credential(request: Request, credential_id: str) -> Response:
    """Remove it. 409 while an active workflow names it."""
    ask = asked(request)
    await remove_credential(ask.platform, ask.caller, credential_id)
    return nothing()


async def test_credential(request: Request, credential_id: str) -> Response:
    """Whether it can be opened and has every field its type needs."""
    ask = asked(request)
    return Json(asdict(await check(ask.platform, ask.caller, credential_id)))


_ONE = "/credentials/{credential_id}"
ENDPOINTS = (
    Endpoint("GET", "/credentials", list_credentials, READ_CREDENTIALS, ListView[CredentialView]),
    Endpoint("POST", "/credentials", create_credential, WRITE_CREDENTIALS, CredentialView, 201),
    Endpoint("GET", "/credentials/types", list_types, READ_WORKFLOWS, ListView[TypeView]),
    Endpoint("DELETE", _ONE, delete_credential, WRITE_CREDENTIALS, None, 204),
    Endpoint("POST", f"{_ONE}/test", test_credential, WRITE_CREDENTIALS, CheckView),
)
