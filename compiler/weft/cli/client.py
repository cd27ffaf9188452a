"""Talks to the running server over HTTP, with the key that `weft dev` left for the owner."""

from typing import Any

import httpx

from weft.cli.server_record import ServerRecord, read_record, record_path
from weft.domain.errors import PlatformError, RequestError

# The server is on this machine: no answer within this time means that it hangs.
_TIMEOUT_SECONDS = 30.0
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
    """One server. `get` and friends return parsed JSON, or raise one of the errors above."""

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
    def api_key(self) -> str:
        """What it proves itself with."""
        return self._record.api_key

    def get(self, path: str, **params: Any) -> Any:
        """GET with query parameters."""
        return self._send("GET", path, params={k: v for k, v in params.items() if v is not None})

    def post(self, path: str, body: Any) -> Any:
        """POST with a JSON body."""
        return self._send("POST", path, json=body)

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
        title = problem.get("title") or f"the server answered {reply.status_code}"
        detail = problem.get("detail")
        message = f"{title}: {detail}" if detail and detail != title else title
        if reply.status_code >= 500:
            raise ServerFailed(message)
        raise Refused(message)


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
