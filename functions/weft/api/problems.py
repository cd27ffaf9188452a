"""Turns errors into problem details (RFC 9457). The only place that knows their status codes."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from weft.domain.errors import (
    CompileError,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RequestError,
    StorageUnavailable,
    Unauthenticated,
    WeftError,
)

_log = logging.getLogger("weft.api")

STATUS: Final[dict[type[WeftError], int]] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PayloadTooLarge: 413,
    CompileError: 422,
    QuotaExceeded: 429,
    RequestError: 400,
}

_TITLE: Final = {
    400: "The request is malformed.",
    401: "Sign in first, or send a valid API key.",
    403: "You may not do this.",
    404: "There is no such thing here.",
    405: "This address does not take that method.",
    409: "The thing is in another state than the request needs.",
    413: "The request is too large.",
    415: "This content type is not understood here.",
    422: "The request does not have the form this address takes.",
    429: "A limit is reached.",
    500: "Something failed on our side.",
    503: "The server cannot do this at present.",
}

_CODE: Final = {
    404: "not-found",
    405: "method-not-allowed",
    413: "payload-too-large",
    415: "unsupported-media-type",
}


class BodyProblem(HTTPException):
    """Carries an error of ours out of the framework's body reader, which keeps HTTP errors."""

    def __init__(self, error: RequestError) -> None:
        super().__init__(status_of(error), detail=str(error))
        self.error = error


def status_of(error: WeftError) -> int:
    """The status of the error's own type, or of the nearest family above it."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def problem(
    status: int,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`{type, title, status, detail, code, …}` as `application/problem+json`."""
    body = {
        "type": f"urn:weft:{code}",
        "title": _TITLE.get(status, "The request cannot be met."),
        "status": status,
        "detail": detail,
        "code": code,
        **(extra or {}),
    }
    sent = dict(headers or {})
    if status == 401:
        sent.setdefault("www-authenticate", 'Bearer realm="weft"')
    return Response(orjson.dumps(body), status, sent, media_type="application/problem+json")


def problem_of(error: Exception) -> Response:
    """Any error as a problem; what only we can act on is logged and not shown."""
    match error:
        case BodyProblem():
            return problem_of(error.error)
        case CompileError():
            found = [asdict(item) for item in error.diagnostics]
            return problem(422, error.code, str(error), {"diagnostics": found})
        case WeftError() if status_of(error) < 500:
            return problem(status_of(error), error.code, str(error))
        case RequestValidationError():
            return _validation(error)
        case HTTPException():
            code = _CODE.get(error.status_code, "bad-request")
            return problem(error.status_code, code, str(error.detail), headers=error.headers)
    if isinstance(error, StorageUnavailable):
        # The operator's matter, and perhaps for every request: a line each is enough.
        _log.error("request failed: %s", error)
        return problem(503, error.code, "Nothing can be stored now; the server's log says why.")
    _log.error("request failed", exc_info=error)
    code = error.code if isinstance(error, WeftError) else "internal"
    return problem(500, code, "The problem is on our side; it was logged under the request id.")


def _validation(error: RequestValidationError) -> Response:
    """The framework's list of field errors, without the values that were sent (SE-02)."""
    found = [
        {
            "code": str(item["type"]),
            "severity": "error",
            "message": str(item["msg"]),
            "field": ".".join(str(part) for part in item["loc"]),
        }
        for item in error.errors()
    ]
    first = found[0] if found else {"field": "body", "message": "malformed"}
    detail = f"{first['field']}: {first['message']}"
    return problem(422, "invalid", detail, {"diagnostics": found})
