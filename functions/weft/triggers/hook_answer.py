"""What a webhook's caller gets back: an acceptance, the run's output, or what a node answered."""

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from weft.domain.json_text import json_text
from weft.domain.run import Run, RunStatus

# A page a workflow answers with lives at our address: no script of it may run there.
_CSP: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
# What a workflow may say about its answer; the rest would speak for the server.
_ALLOWED: Final = frozenset(
    {"content-type", "content-language", "cache-control", "etag", "last-modified", "location",
     "retry-after", "link", "vary"}
)  # fmt: skip
_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_NO_BODY: Final = (204, 304)


def accepted(run: Run) -> Response:
    """202: the run is queued or under way."""
    return _json({"run_id": run.run_id, "status": run.status.value}, 202)


def outcome(run: Run) -> Response:
    """200 with the output of a completed run, 500 without detail for one that failed."""
    if not run.status.ended:
        return accepted(run)
    if run.status is not RunStatus.COMPLETED:
        return _json({"run_id": run.run_id, "status": run.status.value}, 500)
    return _json({"run_id": run.run_id, "status": "completed", "output": run.output}, 200)


def node_answer(run: Run) -> Response:
    """The `{status, headers, body}` a response node gave; the plain outcome if none was reached."""
    told = run.response
    if not isinstance(told, Mapping):
        return outcome(run)
    status = told.get("status", 200)
    if not isinstance(status, int) or not 200 <= status <= 599:
        status = 200
    headers = _headers(told.get("headers"))
    if status in _NO_BODY:
        return Response(status_code=status, headers=headers)
    body = told.get("body")
    if isinstance(body, str):
        headers.setdefault("content-type", "text/plain; charset=utf-8")
        return Response(body.encode(), status, headers)
    headers["content-type"] = "application/json"
    return Response(json_text(body), status, headers)


def _headers(told: Any) -> dict[str, str]:
    kept = {"content-security-policy": _CSP}
    for name, value in told.items() if isinstance(told, Mapping) else ():
        key, text = str(name).lower(), str(value)
        if (key in _ALLOWED or key.startswith("x-")) and _VALUE.fullmatch(text):
            kept[key] = text
    return kept


def _json(body: Any, status: int) -> Response:
    headers = {"content-security-policy": _CSP}
    return Response(json_text(body), status, headers, media_type="application/json")
