"""The HTTP side of the protocol: one address, the operation in a header, JSON both ways.

AWS JSON 1.0 (smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html). Signatures are not looked at.
"""

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from weft.domain.errors import WeftError
from weft.engine.json import to_json
from weft.stepfunctions.members import check
from weft.stepfunctions.operations.registry import OPERATIONS
from weft.stepfunctions.refusals import Refused, refusal_of
from weft.stepfunctions.service import Service

_log = logging.getLogger("weft.stepfunctions")

TARGET: Final = "AWSStepFunctions."
MEDIA_TYPE: Final = "application/x-amz-json-1.0"
# A definition of 1 MiB written as a JSON text, and what stands around it.
MAX_BODY_BYTES: Final = 2 * 1024 * 1024
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SYNC_PREFIX: Final = "sync-"  # SDKs put it before the host for StartSyncExecution


def create_app(service: Service, hosts: frozenset[str] = frozenset()) -> Starlette:
    """The application. It answers to loopback names and `hosts`; `*` is any name."""

    async def answer(request: Request) -> Response:
        """One operation."""
        try:
            _check_host(request, LOOPBACK_HOSTS | hosts)
            return _response(await _operate(service, request))
        except Refused as refused:
            return _refusal(refused)
        except WeftError as error:
            told = refusal_of(error)
            if told.status >= 500:
                _log.error("%s", error, exc_info=error)
            return _refusal(told)

    return Starlette(routes=[Route("/", answer, methods=["POST"])])


def _check_host(request: Request, hosts: frozenset[str]) -> None:
    """A page of another name that resolves to this machine (DNS rebinding) must learn nothing."""
    host = request.headers.get("host", "").lower()
    name = host[: host.index("]") + 1] if "]" in host else host.partition(":")[0]
    if "*" not in hosts and name.removeprefix(_SYNC_PREFIX) not in hosts:
        raise Refused("AccessDeniedException", "this server does not answer to that host name", 421)


async def _operate(service: Service, request: Request) -> dict[str, Any]:
    target = request.headers.get("x-amz-target", "")
    entry = OPERATIONS.get(target.removeprefix(TARGET)) if target.startswith(TARGET) else None
    if entry is None:
        raise Refused("UnknownOperationException", f"there is no operation {target!r} here")
    try:
        members = orjson.loads(await _body(request) or b"{}")  # with no lone surrogates
    except orjson.JSONDecodeError as error:
        raise Refused("SerializationException", f"the body is not JSON: {error}") from error
    if not isinstance(members, dict):
        raise Refused("SerializationException", "the body must be a JSON object")
    check(members, entry.members)
    answer = entry.call(service, {k: v for k, v in members.items() if v is not None})
    return await (_unless_gone(request, answer) if entry.waits else answer)


async def _unless_gone(
    request: Request, answer: Coroutine[Any, Any, dict[str, Any]]
) -> dict[str, Any]:
    """The answer; nothing goes on for a caller who has closed the connection."""
    answering = asyncio.ensure_future(answer)
    gone = asyncio.ensure_future(request.receive())  # the body is read: this is the end
    try:
        await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise Refused("RequestAbortedException", "the caller has gone")
        return answering.result()
    finally:
        answering.cancel()
        gone.cancel()


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MAX_BODY_BYTES:
                message = f"a request has at most {MAX_BODY_BYTES} bytes"
                raise Refused("RequestEntityTooLarge", message, 413)
            parts.append(part)
    except ClientDisconnect as error:
        raise Refused("SerializationException", "the request broke off") from error
    return b"".join(parts)


def _refusal(refused: Refused) -> Response:
    return _response({"__type": refused.code, "message": refused.message}, refused.status)


def _response(body: dict[str, Any], status: int = 200) -> Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(to_json(body), status, headers, media_type=MEDIA_TYPE)
