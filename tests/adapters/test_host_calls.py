"""Calls that the embedded host makes itself, over TLS, from a published graph to the run view."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.conftest import Quiet, _certificate

from weft.adapters.http.client import GuardedHttpClient
from weft.bootstrap.embedded import Parts, open_embedded
from weft.bootstrap.step_desk import StepDesk
from weft.domain.caller import Caller, Role
from weft.domain.credential import NewCredential
from weft.domain.run import Run, RunStatus, Step, Trigger
from weft.engine.clock import SkippingClock
from weft.engine.jsonata_fast import FastJsonata
from weft.nodes.catalogue import NodeCatalogue
from weft.operations.create_workflow import create_workflow
from weft.operations.credentials import add_credential
from weft.operations.platform import Platform
from weft.operations.provision_tenant import ensure_owner
from weft.operations.publish_workflow import publish_workflow
from weft.operations.start_run import start_run
from weft.operations.wait_for_run import wait_for_run

TOKEN = "tok-Zq8rVn2LwX5t-bearer-value"


@dataclass
class Api:
    """An API for `good.test`: gives its answers in turn, the last one again and again."""

    port: int
    trusted: ssl.SSLContext
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)  # closed: it does not answer

    def __post_init__(self) -> None:
        self.gate.set()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    certificate = _certificate("good.test", tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    made = Api(0, ssl.create_default_context(cafile=str(certificate)))

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append((self.command, self.path, headers, body))
            made.gate.wait(30)
            status, given, text = made.answers.pop(0) if made.answers[1:] else made.answers[0]
            self.send_response(status)
            for name, value in {**given, "content-length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_any

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


async def _no_runner(function: str, payload: Any, deadline: float | None) -> Any:
    raise AssertionError(f"{function} was asked")


def _graph(api: Api, credential: str, **fields: Any) -> dict[str, Any]:
    url = f"https://good.test:{api.port}/orders/{{{{ start.output.id }}}}"
    config = {"url": url, "credential": credential, **fields.pop("config", {})}
    ask = {"id": "ask", "type": "http_request", "config": config, **fields}
    nodes = [{"id": "start", "type": "manual_trigger"}, ask]
    edges = [{"source": "start", "target": "ask"}]
    if fields.get("on_error") == "branch":
        nodes.append({"id": "failed", "type": "output", "config": {"value": "{{ input }}"}})
        edges.append({"source": "ask", "source_port": "error", "target": "failed"})
    return {"schema": "weft/1", "nodes": nodes, "edges": edges}


Finish = tuple[Run, Step, list[Any]]


def _parts(api: Api, *allow: str) -> Parts:
    client = GuardedHttpClient(
        allow=allow or ("127.0.0.0/8",),
        look_up=lambda host, port: ["127.0.0.1"],
        context=lambda: api.trusted,
    )
    return Parts(
        _no_runner, FastJsonata(), NodeCatalogue(), client, StepDesk(), clock=SkippingClock()
    )


async def _published(
    platform: Platform, graph: Callable[[str], dict[str, Any]], hosts: str = "good.test"
) -> tuple[Caller, str]:
    owner = await ensure_owner(platform)
    caller = Caller(owner.tenant_id, owner.user_id, Role.OWNER, "session")
    new = NewCredential("api", "http_bearer", {"token": TOKEN}, (hosts,))
    credential = await add_credential(platform, caller, new)
    drawn = graph(credential.credential_id)
    workflow = await create_workflow(platform, caller, "calls", graph=drawn)
    await publish_workflow(platform, caller, workflow.workflow_id)
    return caller, workflow.workflow_id


async def _run(
    folder: Path, api: Api, graph: Callable[[str], dict[str, Any]], *, hosts: str = "good.test",
    allow: str = "127.0.0.0/8",
) -> tuple[Run, Step]:  # fmt: skip
    parts = _parts(api, allow)
    async with open_embedded(folder / "data", folder / "keys" / "weft.key", parts) as platform:
        caller, workflow_id = await _published(platform, graph, hosts)
        run = await start_run(platform, caller, workflow_id, Trigger(data={"id": 7}))
        ended = await wait_for_run(platform, caller, run.run_id, timeout_seconds=30)
        steps = platform.store.runs.list_steps(run.tenant_id, run.run_id)
        (step,) = [step for step in steps if step.node_id == "ask"]
        shown = repr((ended, steps))
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix != ".pem":
            assert TOKEN.encode() not in file.read_bytes(), file
    assert TOKEN not in shown
    return ended, step


JSON = {"Content-Type": "application/json", "X-Two": "b"}


async def test_the_host_calls_and_the_run_shows_a_step_like_any_other(
    tmp_path: Path, api: Api
) -> None:
    api.answers = [(201, JSON, b'{"ok": [true]}')]
    config = {"method": "POST", "body": {"total": 3}, "query": {"tag": ["a", 1]}}
    run, step = await _run(tmp_path, api, lambda c: _graph(api, c, config=config))
    assert run.status is RunStatus.COMPLETED
    method, path, headers, body = api.asked[0]
    assert (method, path) == ("POST", "/orders/7?tag=a&tag=1")
    assert json.loads(body) == {"total": 3}
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["idempotency-key"] == f"{run.run_id}/ask/"
    assert step.output["response"] == {"ok": [True]} and step.output["status"] == 201
    assert step.output["headers"]["x-two"] == "b"
    assert (step.status, step.attempts) == ("success", 1)


async def test_what_may_pass_is_tried_again_with_the_same_key(tmp_path: Path, api: Api) -> None:
    api.answers = [(503, {}, b"busy"), (429, {}, b"slow"), (200, JSON, b"[]")]
    run, step = await _run(tmp_path, api, lambda c: _graph(api, c))
    assert run.status is RunStatus.COMPLETED and step.attempts == 3
    assert len({headers["idempotency-key"] for _, _, headers, _ in api.asked}) == 1


async def test_a_refusal_has_the_name_that_a_runner_gives_it(tmp_path: Path, api: Api) -> None:
    api.answers = [(404, JSON, b'{"no": "such order"}')]
    run, step = await _run(tmp_path, api, lambda c: _graph(api, c))
    assert run.status is RunStatus.FAILED and run.error is not None
    assert (run.error.type, run.error.node) == ("PermanentStepError", "ask")
    assert run.error.message == '{"no": "such order"}'
    assert step.status == "error" and len(api.asked) == 1


async def test_an_error_branch_gets_that_name_too(tmp_path: Path, api: Api) -> None:
    api.answers = [(503, {}, b"busy")]
    fields = {"on_error": "branch", "retry": {"max_retries": 1}}
    run, _ = await _run(tmp_path, api, lambda c: _graph(api, c, **fields))
    wanted = {"node": "ask", "type": "TransientStepError", "message": "busy", "attempts": 2}
    assert run.status is RunStatus.COMPLETED and run.output == {"failed": wanted}


async def test_a_call_in_flight_at_a_stop_goes_out_again_with_its_key(
    tmp_path: Path, api: Api
) -> None:
    api.answers = [(200, JSON, b"{}")]
    api.gate.clear()
    home, keys = tmp_path / "data", tmp_path / "keys" / "weft.key"
    async with open_embedded(home, keys, _parts(api)) as platform:
        caller, workflow_id = await _published(platform, lambda c: _graph(api, c))
        run = await start_run(platform, caller, workflow_id, Trigger(data={"id": 7}))
        while not api.asked:
            await asyncio.sleep(0.01)
    api.gate.set()
    async with open_embedded(home, keys, _parts(api)) as platform:
        ended = await wait_for_run(platform, caller, run.run_id, timeout_seconds=30)
    assert ended.status is RunStatus.COMPLETED
    assert len(api.asked) == 2
    assert {headers["idempotency-key"] for _, _, headers, _ in api.asked} == {f"{run.run_id}/ask/"}


async def test_a_secret_that_comes_back_is_kept_out_of_everything(tmp_path: Path, api: Api) -> None:
    api.answers = [(200, {**JSON, "X-Echo": TOKEN}, json.dumps({"you": TOKEN}).encode())]
    _, step = await _run(tmp_path, api, lambda c: _graph(api, c))
    assert step.output["response"] == {"you": "[REDACTED]"}


@pytest.mark.parametrize(
    ("hosts", "allow"), [("other.test", "127.0.0.0/8"), ("good.test", "10.0.0.0/8")]
)
async def test_other_hosts_and_private_addresses_are_refused(
    tmp_path: Path, api: Api, hosts: str, allow: str
) -> None:
    run, _ = await _run(tmp_path, api, lambda c: _graph(api, c), hosts=hosts, allow=allow)
    assert run.error is not None and run.error.type == "StepRefused"
    assert api.asked == []
