"""Calls that a host of state machines makes itself, where the host is the embedded engine.

A runner's call and this one are the same request: the same client, the same rules for addresses
and hosts, the same secrets, and the same things kept out of what is stored.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from weft.asl.http_task import HTTP_INVOKE, MAX_ANSWER, MAX_SECONDS, SOCKET, STATUS
from weft.bootstrap.step_desk import StepDesk
from weft.domain.credential import ResolvedSecret
from weft.domain.errors import (
    Bug,
    PermanentStepError,
    StepRefused,
    TransientStepError,
    VaultUnreadable,
)  # fmt: skip
from weft.domain.scrub import Scrubber
from weft.engine.attempts import Invoke
from weft.engine.errors import ServiceError
from weft.nodekit.distinct_secrets import distinct_secrets
from weft.nodes.credentials import HTTP_API_KEY, HTTP_BASIC, HTTP_BEARER
from weft.nodes.http_answer import body_of
from weft.nodes.http_auth import proof_of
from weft.ports.http import HttpClient, HttpOptions, HttpReply

CONNECTION: Final = "connection:"
_UNREADABLE = "the credential cannot be opened: whoever runs Weft must restore its key file"
_SHOWN = 300  # characters of an error answer that go into the cause
_AT_ONCE = 64  # calls, each in a thread of its own


@dataclass(frozen=True, slots=True)
class HostCalls:
    """The engine's handlers: `http:invoke` here, everything else by `runners`."""

    runners: Invoke
    http: HttpClient
    desk: StepDesk
    now: Callable[[], float]
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def __call__(self, function: str, payload: Any, deadline: float | None) -> Any:
        """Raises `HandlerError`; for a call of the host's own a `ServiceError`."""
        if function != HTTP_INVOKE:
            return await self.runners(function, payload, deadline)
        return await self._http(payload["arguments"], payload["input"]["run"], deadline)

    async def _http(self, asked: dict[str, Any], run: Any, deadline: float | None) -> Any:
        scrubber = Scrubber()
        try:
            secret = await self.desk.connection(run, _credential(asked))
            scrubber.learn(secret.values.values())
            async with self.room:
                left = MAX_SECONDS if deadline is None else deadline - self.now()
                options = _options(asked, secret, min(max(left, 0.1), MAX_SECONDS))
                send = partial(self.http.request, asked["Method"], asked["ApiEndpoint"], **options)
                reply = await _in_thread(send)
        except TransientStepError as error:
            raise ServiceError(SOCKET, scrubber.text(str(error))) from None
        except (PermanentStepError, StepRefused) as error:
            raise ServiceError(type(error).__name__, scrubber.text(str(error))) from None
        except VaultUnreadable:  # in the words of the runners' desk: they show no path
            raise ServiceError(StepRefused.__name__, _UNREADABLE) from None
        if not 200 <= reply.status < 300:
            said = " ".join(reply.text[:_SHOWN].split())
            raise ServiceError(f"{STATUS}{reply.status}", scrubber.text(said))
        # Some services repeat what they were sent, and what a step gives is stored and shown.
        told = distinct_secrets([secret], (HTTP_BASIC, HTTP_BEARER, HTTP_API_KEY))
        answer = {
            "StatusCode": reply.status,
            "Headers": {name: [value] for name, value in reply.headers.items()},
            "ResponseBody": body_of(asked["Method"], reply),
        }
        return told.known(answer)


async def _in_thread(send: Callable[[], HttpReply]) -> HttpReply:
    """The call's outcome. Its thread keeps no process alive that wants to end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[HttpReply] = loop.create_future()

    def settle(reply: HttpReply | None, error: Exception) -> None:
        if done.cancelled():
            return
        if reply is None:
            done.set_exception(error)
        else:
            done.set_result(reply)

    def work() -> None:
        reply: HttpReply | None = None
        error: Exception = Bug("the HTTP client broke")
        try:
            reply = send()
        except (PermanentStepError, StepRefused, TransientStepError) as refused:
            error = refused
        finally:
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, reply, error)

    threading.Thread(target=work, name=HTTP_INVOKE, daemon=True).start()
    return await done


def _credential(asked: dict[str, Any]) -> str:
    """The credential behind the symbolic name of a connection."""
    named = str(asked["Authentication"].get("ConnectionArn", ""))
    if not named.startswith(CONNECTION):
        raise StepRefused(f"{named!r} is no connection of this host")
    return named.removeprefix(CONNECTION)


def _options(asked: dict[str, Any], secret: ResolvedSecret, limit: float) -> HttpOptions:
    proof = proof_of(secret)
    options: HttpOptions = {
        "headers": {**asked.get("Headers", {}), **proof.headers},
        "query": {**asked.get("QueryParameters", {}), **proof.query},
        "timeout": limit,
        "follow_redirects": True,
        "max_bytes": MAX_ANSWER,
        "allowed_hosts": secret.allowed_hosts,
    }
    if proof.auth is not None:
        options["auth"] = proof.auth
    body = asked.get("RequestBody")
    if body is None:
        return options
    if asked.get("Transform", {}).get("RequestBodyEncoding") == "URL_ENCODED":
        options["body"] = urlencode(body, doseq=True)
    else:
        options["json"] = body
    return options
