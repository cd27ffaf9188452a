"""Puts the API together: every route, its aliases, the webhooks, the editor, behind one border."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import BASE, OPENAPI
from weft.api.aliases import path_aliases
from weft.api.border import Border
from weft.api.callers import Doorkeeper
from weft.api.catalogue import served_catalogue
from weft.api.editor import editor_files
from weft.api.openapi import openapi_document
from weft.api.options import ApiOptions
from weft.api.problems import problem_of
from weft.api.rate_limit import SlidingWindow
from weft.api.routes import (
    api_keys,
    approvals,
    auth,
    credentials,
    health,
    nodes,
    runs,
    sign_in,
    streams,
    validate,
    workflows,
)
from weft.api.wiring import register
from weft.domain.errors import WeftError
from weft.operations.platform import Platform

ReceiveHook: TypeAlias = Callable[[Platform, Request], Awaitable[Response]]

ROUTES: Final = (
    health,
    auth,
    sign_in,
    validate,
    nodes,
    workflows,
    runs,
    streams,
    approvals,
    credentials,
    api_keys,
)
HOOK_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(
    platform: Platform,
    options: ApiOptions,
    *,
    catalogue: Sequence[dict[str, Any]] = (),
    receive_hook: ReceiveHook | None = None,
) -> FastAPI:
    """The whole API over an opened platform.

    `catalogue`: the generated entries, served as they are. `receive_hook`: answers `/hooks/…`;
    without it there are no webhooks in this process.
    """
    app = FastAPI(
        title="Weft",
        version="1",
        description="Draw an AI workflow, publish it, run it, decide where it asks.",
        openapi_url=None,  # served by a route of ours, below
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.platform = platform
    app.state.options = options
    app.state.catalogue = served_catalogue(catalogue)
    app.state.auth_attempts = SlidingWindow(options.auth_attempts_per_minute)
    register(app, [endpoint for module in ROUTES for endpoint in module.ENDPOINTS])
    for path in (streams.STREAM_PATH, *path_aliases(streams.STREAM_PATH)):
        app.add_api_websocket_route(BASE + path, streams.run_socket)
    app.add_route(OPENAPI, openapi_document, ["GET"], include_in_schema=False)
    if receive_hook is not None:
        _add_hooks(app, receive_hook)
    if options.web_root is not None:
        app.mount("/", editor_files(options.web_root))
    for kind in (WeftError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _as_problem)
    app.add_middleware(Doorkeeper, platform=platform, options=options)
    app.add_middleware(Border, options=options)
    return app


async def _as_problem(_: Request, error: Exception) -> Response:
    return problem_of(error)


def _add_hooks(app: FastAPI, receive_hook: ReceiveHook) -> None:
    async def hook(request: Request) -> Response:
        """Start a run of the published version, if the request proves itself to its trigger."""
        return await receive_hook(app.state.platform, request)

    for path in ("/hooks/{workflow_id}", "/hooks/{workflow_id}/{path:path}"):
        app.add_route(path, hook, HOOK_METHODS, include_in_schema=False)
