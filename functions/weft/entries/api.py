"""The function behind API Gateway; and, for who may invoke it directly, the first way in.

`{"sign_in": "<tenant id>"}` is answered with `{"path": "/sign-in?token=…"}`, which works once and
within 15 minutes, for the owner of that organization. It is made if there is none. No request
through API Gateway can look like that: its own members are around what a client sends.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

from weft.api.app import create_app
from weft.api.entry import gateway_handler
from weft.api.options import ApiOptions
from weft.bootstrap.platform import open_platform
from weft.bootstrap.settings import load_settings
from weft.domain.caller import Role
from weft.nodes.catalogue import load_entries
from weft.operations.platform import Platform
from weft.operations.provision_tenant import provision_tenant
from weft.operations.sessions import create_sign_in_link
from weft.triggers.webhook import receive_webhook


@dataclass(frozen=True, slots=True)
class Served:
    """An open platform, its event loop, and the answers to API Gateway."""

    platform: Platform
    loop: asyncio.AbstractEventLoop
    gateway: Callable[[Any, Any], Any]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer for API Gateway (payload format 2.0), or a way in."""
    return answer(_served(), event, context)


def answer(served: Served, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """See `handler`."""
    if event.keys() == {"sign_in"}:
        link = served.loop.run_until_complete(_sign_in(served.platform, str(event["sign_in"])))
        return {"path": f"/sign-in?token={link}"}
    told: dict[str, Any] = served.gateway(event, context)
    return told


async def _sign_in(platform: Platform, tenant_id: str) -> str:
    users = platform.store.directory.list_users(tenant_id)
    owner = next((user for user in users if user.role is Role.OWNER), None)
    if owner is None:
        owner = await provision_tenant(platform, tenant_id, "Owner", tenant_id=tenant_id)
    return (await create_sign_in_link(platform, owner.tenant_id, owner.user_id))[1]


@cache
def _served() -> Served:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # the gateway's adapter runs requests in it
    opening = AsyncExitStack().enter_async_context(open_platform(load_settings()))
    return serve(loop.run_until_complete(opening), loop)


def serve(platform: Platform, loop: asyncio.AbstractEventLoop) -> Served:
    """`loop` is the one that the platform was opened in."""
    options = ApiOptions(
        signing_key=platform.vault.derive("access-tokens"),
        hosts=frozenset({"*"}),  # API Gateway has looked at it
        secure_cookies=True,
    )
    app = create_app(platform, options, catalogue=load_entries(), receive_hook=receive_webhook)
    return Served(platform, loop, gateway_handler(app))
