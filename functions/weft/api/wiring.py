"""Puts endpoints on the application: each guarded, each documented, its aliases beside it."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from weft.api.access import OPEN, Endpoint
from weft.api.aliases import aliases_of
from weft.api.bodies import JsonRequest
from weft.api.callers import caller_in
from weft.api.problems import problem
from weft.domain.caller import Role, Scope

_PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
_REASONS = {
    400: "The request is malformed",
    401: "No valid access token or API key",
    403: "The role or the key's scopes do not allow it",
    404: "Not there for this caller",
    409: "The thing is in another state",
    413: "The body is too large",
    422: "The body or a parameter has the wrong form, or the graph has problems",
    429: "A limit is reached",
}
ACCESS_KEY = "x-weft-access"


class GuardedRoute(APIRoute):
    """Checks role and scope before anything is parsed; a route that does not say cannot exist."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        access = (self.openapi_extra or {})[ACCESS_KEY]
        takes_json = self.body_field is not None
        role, scope = (None, None)
        if access != "open":
            role, scope = Role(access["role"]), Scope(access["scope"])

        async def guarded(request: Request) -> Response:
            if role is not None and scope is not None:
                caller_in(request).require(role, scope)
            if takes_json and not _is_json(request):
                return problem(415, "unsupported-media-type", "send the body as application/json")
            return await inner(JsonRequest(request.scope, request.receive))

        return guarded


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type")
    if kind is None:
        return request.headers.get("content-length", "0") == "0"
    media = kind.partition(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


def register(app: FastAPI, endpoints: Iterable[Endpoint]) -> None:
    """Add all of them, literal paths before those with parameters, aliases last."""
    listed = sorted(endpoints, key=lambda e: (not e.first, _specificity(e.path)))
    for endpoint in listed:
        if endpoint.access is None:
            assert (endpoint.method, endpoint.base + endpoint.path) in OPEN, endpoint.path
        _add(app, endpoint, endpoint.path, endpoint.call.__name__)
    for endpoint in listed:
        for number, alias in enumerate(aliases_of(endpoint)):
            _add(app, endpoint, alias, f"{endpoint.call.__name__}_alias_{number + 1}", alias=True)


def _specificity(path: str) -> tuple[int, ...]:
    return tuple(int(part.startswith("{")) for part in path.split("/"))


def _add(
    app: FastAPI, endpoint: Endpoint, path: str, operation: str, *, alias: bool = False
) -> None:
    access = endpoint.access.describe() if endpoint.access else "open"
    documentation = endpoint.call.__doc__ or ""
    if alias:
        documentation += f"\n\nAlias of `{endpoint.method} {endpoint.base}{endpoint.path}`."
    summary = operation.partition("_alias_")[0].replace("_", " ").capitalize()
    app.router.add_api_route(
        endpoint.base + path,
        endpoint.call,
        methods=[endpoint.method],
        response_model=endpoint.answer,
        status_code=endpoint.status,
        responses=_responses(endpoint),
        tags=["aliases" if alias else (endpoint.tag or path.split("/")[1])],
        summary=summary,
        description=documentation,
        operation_id=operation,
        openapi_extra={ACCESS_KEY: access, **({"security": []} if access == "open" else {})},
        route_class_override=GuardedRoute,
    )


def _responses(endpoint: Endpoint) -> dict[int | str, dict[str, Any]]:
    statuses = {400, 413, 422, 429} | ({401, 403} if endpoint.access else set())
    if "{" in endpoint.path:
        statuses.add(404)
    if endpoint.method != "GET":
        statuses.add(409)
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": _REASONS[status], **_PROBLEM} for status in sorted(statuses)
    }
    for status in endpoint.also:
        answers[status] = {"description": "The same body", "model": endpoint.answer}
    return answers
