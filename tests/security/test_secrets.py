"""Secrets: sealed at rest, sent to their hosts only, and found in no file, answer, log or event."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.support.graphs import chain, once, request
from tests.support.web import Asked, Reply, Web
from tests.support.weft_server import WeftServer

# One each, so that a find says where it comes from. None has the shape of a vendor's key.
TOKEN = "tok-Zq8rVn2LwX5t-bearer-value"
PASSWORD = "pa ss/wörd+Zq8rVn2LwX5t"
KEY = "key-Zq8rVn2LwX5t-api-value"
MODEL_KEY = "mod-Zq8rVn2LwX5t-model-value"
SECRETS = (TOKEN, PASSWORD, KEY, MODEL_KEY)

_NUMBERS = count(1)

CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "house",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi."}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """Another company's server."""
    with Web() as listening:
        yield listening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeftServer]:
    """May call this machine; is searched for secrets when all tests are over."""
    folder = tmp_path_factory.mktemp("secrets")
    with WeftServer(folder, WEFT_ALLOW_NETWORKS="127.0.0.0/8") as running:
        yield running
        _search(folder)
    _search(folder)


def _search(folder: Path) -> None:
    """Database files, their logs, the journal, what was printed: as they lie on the disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            found = [secret for secret in SECRETS if secret.encode() in file.read_bytes()]
            assert not found, f"{file} holds {found}"


def _add(server: WeftServer, kind: str, values: dict[str, str], *hosts: str) -> str:
    name = f"{kind} {next(_NUMBERS)}"
    body = {"name": name, "type": kind, "values": values, "allowed_hosts": list(hosts)}
    made = server.ask("POST", "/credentials", body)
    assert not any(secret in json.dumps(made) for secret in SECRETS)
    return str(made["id"])


def _run(server: WeftServer, graph: dict[str, Any]) -> dict[str, Any]:
    """The ended run; everything the API shows of it is searched."""
    run_id = server.begin(server.publish(graph), None)
    ended = server.wait(run_id)
    shown = [server.ask("GET", f"/runs/{run_id}{part}") for part in ("", "/steps", "/logs")]
    text = json.dumps(shown, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text or secret in unquote(text)]
    return ended


AUTHS: dict[str, tuple[dict[str, str], Callable[[Asked], str], str]] = {
    "http_bearer": ({"token": TOKEN}, lambda asked: asked.headers["authorization"], TOKEN),
    "http_basic": (
        {"username": "ada", "password": PASSWORD},
        lambda asked: asked.headers["authorization"],
        "Basic ",
    ),
    "http_api_key": (
        {"name": "x-house-key", "key": KEY},
        lambda asked: asked.headers["x-house-key"],
        KEY,
    ),
}


@pytest.mark.parametrize("kind", AUTHS)
def test_a_credential_is_sent_and_kept_nowhere(server: WeftServer, web: Web, kind: str) -> None:
    values, sent, expected = AUTHS[kind]
    credential = _add(server, kind, values, "127.0.0.1")
    web.answer = lambda asked: Reply(b'{"ok": true}')
    ended = _run(server, request(web.url, credential=credential))
    assert ended["status"] == "completed"
    assert expected in sent(web.asked[-1])


@pytest.mark.parametrize("status", [401, 503])
def test_an_error_that_repeats_the_secret_is_scrubbed(
    server: WeftServer, web: Web, status: int
) -> None:
    credential = _add(server, "http_bearer", {"token": TOKEN}, "127.0.0.1")
    web.answer = lambda asked: Reply(f"you sent {asked.headers['authorization']}".encode(), status)
    ended = _run(server, request(web.url, credential=credential))
    assert ended["status"] == "failed"
    assert str(status) in ended["error"]["message"]
    assert "[REDACTED]" in ended["error"]["message"]


def test_an_answer_that_repeats_the_secret_is_scrubbed(server: WeftServer, web: Web) -> None:
    credential = _add(server, "http_api_key", {"name": "x-house-key", "key": KEY}, "127.0.0.1")
    web.answer = lambda asked: Reply(
        json.dumps({"echo": asked.headers["x-house-key"]}).encode(),
        headers={"x-echo": asked.headers["x-house-key"]},
    )
    graph = chain(
        once("call", "http_request", url=web.url, credential=credential),
        once("said", "log", message="{{ input.echo }}"),
    )
    graph["edges"][1]["source_port"] = "response"
    ended = _run(server, graph)
    assert ended["status"] == "completed", ended["error"]


def test_a_credential_goes_to_its_hosts_only(server: WeftServer, web: Web) -> None:
    credential = _add(server, "http_bearer", {"token": TOKEN}, "api.example.com")
    before = len(web.asked)
    ended = _run(server, request(web.url, credential=credential))
    assert ended["error"]["type"] == "StepRefused"
    assert "127.0.0.1" in ended["error"]["message"]
    assert len(web.asked) == before


def test_a_model_is_asked_through_the_whole_server(server: WeftServer, web: Web) -> None:
    values = {"api_key": MODEL_KEY, "base_url": f"{web.url}/v1"}
    credential = _add(server, "openai_compatible", values, "127.0.0.1")
    web.answer = lambda asked: Reply(json.dumps(CHAT).encode())
    chat = once("chat", "llm_chat", model="house", prompt="Say hi", credential=credential)
    ended = _run(server, chain(chat))
    assert ended["output"]["chat"]["response"] == "Hi."
    assert ended["input_tokens"] == 3 and ended["output_tokens"] == 2
    asked: Asked = web.asked[-1]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {MODEL_KEY}"
    web.answer = lambda asked: Reply(
        json.dumps({"error": {"message": f"bad key {MODEL_KEY}"}}).encode(), 401
    )
    assert _run(server, chain(chat))["status"] == "failed"


def test_a_credential_that_is_not_there_stops_publishing(server: WeftServer, web: Web) -> None:
    made = server.ask(
        "POST", "/workflows", {"name": "x", "graph": request(web.url, credential="no")}
    )
    reply = server.reply("POST", f"/workflows/{made['id']}/publish")
    assert reply.status_code == 422
    found = reply.json()["diagnostics"]
    assert [(item["code"], item["node"], item["port"]) for item in found] == [
        ("W3011", "call", "credential")
    ]
    assert found[0]["hint"]


def test_a_credential_removed_under_way_fails_the_step_in_words(
    server: WeftServer, web: Web
) -> None:
    credential = _add(server, "http_bearer", {"token": TOKEN}, "127.0.0.1")
    graph = chain(
        once("ask", "approval", title="Go on?"),
        once("call", "http_request", url=web.url, credential=credential),
    )
    graph["edges"][1]["source_port"] = "approved"
    workflow = server.publish(graph)
    run_id = server.begin(workflow, None)
    assert server.reply("DELETE", f"/credentials/{credential}").status_code == 409
    server.ask("PUT", f"/workflows/{workflow}/status", {"active": False})
    server.ask("DELETE", f"/credentials/{credential}")
    ended = server.wait(run_id)
    assert ended["error"]["type"] == "StepRefused"
    assert "removed" in ended["error"]["message"]


def test_a_graph_that_carries_a_secret_is_refused(server: WeftServer, web: Web) -> None:
    graph = request(web.url, headers={"Authorization": f"Bearer {TOKEN}"})
    found = server.ask("POST", "/workflows/validate", {"graph": graph})
    assert "W3013" in [item["code"] for item in found["diagnostics"]]
    assert TOKEN not in json.dumps(found)
