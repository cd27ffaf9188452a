"""What comes in that no SDK would send, and what goes out to functions elsewhere."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.support.state_machine_server import StateMachineServer, ended
from tests.support.state_machines import machine, made, task


class Raw:
    """Requests that no SDK would send."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, content: bytes, **headers: str) -> tuple[int, str]:
        sent = {"x-amz-target": "AWSStepFunctions.ListStateMachines", **headers}
        reply = httpx.post(self._url, content=content, headers=sent, trust_env=False)
        assert reply.headers["x-amzn-requestid"]
        return reply.status_code, reply.json().get("__type", "")


def test_what_no_sdk_would_send_is_refused(server: StateMachineServer) -> None:
    raw = Raw(server.url)
    assert raw(b"{}") == (200, "")
    assert raw(b'{"unknown": 1}') == (200, "")
    assert raw(b"[]") == (400, "SerializationException")
    assert raw(b"{") == (400, "SerializationException")
    assert raw(b'{"maxResults": "3"}') == (400, "SerializationException")
    assert raw(b'{"maxResults": 1001}') == (400, "ValidationException")
    assert raw(b"x" * 3_000_000) == (413, "RequestEntityTooLarge")
    assert raw(b"{}", **{"x-amz-target": "Nothing.Here"})[1] == "UnknownOperationException"
    assert raw(b"{}", host="evil.example")[0] == 421


class Endpoint(BaseHTTPRequestHandler):
    """Lambda's Invoke, as far as a state machine sees it."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        error = body == "fail"
        told = {"errorType": "Custom", "errorMessage": "no"} if error else [self.path, body]
        content = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        if error:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_lambda_tasks_call_the_endpoint(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Endpoint) as functions:
        threading.Thread(target=functions.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{functions.server_port}"
        with StateMachineServer(tmp_path, "--lambda-endpoint", url) as server:
            sfn = server.client()
            arn = made(sfn, machine(A=task("arn:aws:lambda:us-east-1:000000000000:function:f:1")))
            good = sfn.start_execution(stateMachineArn=arn, input='"x"')["executionArn"]
            path = "/2015-03-31/functions/f/invocations?Qualifier=1"
            assert json.loads(ended(sfn, good)["output"]) == [path, "x"]
            bad = ended(
                sfn, sfn.start_execution(stateMachineArn=arn, input='"fail"')["executionArn"]
            )
            assert (bad["status"], bad["error"]) == ("FAILED", "Custom")
            assert json.loads(bad["cause"])["errorMessage"] == "no"
        functions.shutdown()
