"""The other side of the chaos drill's calls: answers as Lambda does, notes every call, answers
tokens late, and breaks off when told to."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


@dataclass(frozen=True)
class Arrival:
    """One call; `drawn` and `token` must be the same when it is repeated."""

    key: str
    tries: int
    drawn: str
    token: str


class Functions:
    """Listens on loopback while in a `with`; `arrivals` is in order."""

    def __init__(self, client: Callable[[], Any], dice: random.Random) -> None:
        self.arrivals: list[Arrival] = []
        self.answered: dict[str, int] = {}  # key of an accepted answer: arrivals before it
        self.broken_off = 0
        self.crashing = threading.Event()
        self._ended = threading.Event()
        self._client = client
        self._dice = dice
        self._lock = threading.Lock()
        self._server = _server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Functions":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def call(self, function: str, payload: dict[str, Any]) -> tuple[bool, Any]:
        """Whether the function succeeds, and what it answers."""
        arrival = Arrival(
            payload["key"], payload["tries"], payload["drawn"], payload.get("token", "")
        )
        with self._lock:
            self.arrivals.append(arrival)
        if function == "ask" and not (payload["silent"] and arrival.tries == 0):
            threading.Thread(target=self._answer, args=(arrival,), daemon=True).start()
        if function == "doomed":
            return False, {"errorType": "Doomed", "errorMessage": arrival.key}
        if function == "flaky" and arrival.tries < payload["fails"]:
            return False, {"errorType": "NotYet", "errorMessage": arrival.key}
        return True, {"key": arrival.key}

    def _answer(self, arrival: Arrival) -> None:
        """Late, with heartbeats on the way, and again until it is accepted or of no use."""
        client = self._client()
        for _ in range(self._dice.randint(1, 5)):
            if self._ended.wait(0.3):
                return
            self._send(client.send_task_heartbeat, taskToken=arrival.token)
        output = json.dumps({"key": arrival.key})
        while not self._ended.is_set():
            sent = self._send(client.send_task_success, taskToken=arrival.token, output=output)
            if sent == "accepted":
                with self._lock:
                    self.answered[arrival.key] = len(self.arrivals)
            if sent != "again":
                return
            time.sleep(0.1)

    def _send(self, send: Callable[..., Any], **request: Any) -> str:
        try:
            send(**request)
        except ClientError as error:
            code = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return "again" if code >= 500 else "refused"
        except BotoCoreError:
            return "again"
        return "accepted"


def _server(functions: Functions) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            function = self.path.split("/")[3]
            payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
            good, answer = functions.call(function, payload)
            body = json.dumps(answer).encode()
            try:
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                if not good:
                    self.send_header("x-amz-function-error", "Unhandled")
                self.end_headers()
                if functions.crashing.is_set():
                    functions.broken_off += 1
                    self.wfile.write(body[: len(body) // 2])
                    self.close_connection = True
                    return
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the caller was killed while it waited

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A caller that was killed is no error of the functions."""

    return Server(("127.0.0.1", 0), Handler)
