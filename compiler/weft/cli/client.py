"""Talks to the running server over HTTP, with the key that `weft dev` left for the owner."""

from collections.abc import Iterator
from typing import Any

import httpx

from weft.cli.server_record import ServerRecord, read_record, record_path
from weft.domain.errors import (
    CompileError,
    Diagnostic,
    Invalid,
    NotFound,
    PlatformError,
    RequestError,
    Severity,
)

# The server is on this machine: no answer within this time means that it hangs.
_TIMEOUT_SECONDS = 30.0
_PAGE = 100
BASE = "/api/v1"


class NoServer(RequestError):
    """No server runs for this home."""

    code = "no-server"


class Refused(RequestError):
    """The server said no; the message is its own."""

    code = "refused"


class ServerFailed(PlatformError):
    """The server answered with an error of its own."""

    code = "server-failed"


class Client:
    """One server. `get` and friends return parsed JSON, or raise one of the errors above.

    What is our own error there is the same here: `Invalid`, `NotFound`, and `CompileError` with
    the diagnostics of a graph.
    """

    def __init__(self, record: ServerRecord) -> None:
        self._record = record
        # No proxy of the environment may see a key that is meant for this machine.
        self._http = httpx.Client(
            base_url=record.url,
            headers={"X-API-Key": record.api_key},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return self._record.url

    @property
    def api_key(self) -> str:
        """What it proves itself with."""
        return self._record.api_key

    def get(self, path: str, **params: Any) -> Any:
        """GET with query parameters."""
        return self._send("GET", path, params={k: v for k, v in params.items() if v is not None})

    def every(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list."""
        cursor = None
        while True:
            page = self.get(path, limit=_PAGE, cursor=cursor, **params)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: Any) -> Any:
        """POST with a JSON body."""
        return self._send("POST", path, json=body)

    def put(self, path: str, body: Any) -> Any:
        """PUT with a JSON body."""
        return self._send("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self._send("DELETE", path)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        return self._read(self._request(method, f"{BASE}{path}", **options))

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise NoServer(
                f"no server answers at {self._record.url}; start one with `weft dev`"
            ) from error

    def _read(self, reply: httpx.Response) -> Any:
        if reply.is_success:
            return reply.json() if reply.content else None
        try:
            problem = reply.json()
        except ValueError:
            problem = {}
        message = problem.get("detail") or problem.get("title")
        message = message or f"the server answered {reply.status_code}"
        if reply.status_code >= 500:
            raise ServerFailed(message)
        if problem.get("diagnostics"):
            raise CompileError([_diagnostic(item) for item in problem["diagnostics"]])
        raise {400: Invalid, 404: NotFound}.get(reply.status_code, Refused)(message)


def _diagnostic(told: dict[str, Any]) -> Diagnostic:
    return Diagnostic(**{**told, "severity": Severity(told["severity"])})


def connect() -> Client:
    """The server of `WEFT_URL` and `WEFT_API_KEY`, else the one of this home. Raises `NoServer`."""
    from weft.bootstrap.settings import load_settings

    settings = load_settings()
    if settings.api_key is not None:
        return Client(ServerRecord(settings.url, 0, settings.api_key))
    record = read_record(record_path(settings))
    if record is None:
        raise NoServer("no server runs here; start one with `weft dev`")
    return Client(record)
