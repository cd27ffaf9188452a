"""The example github-issue-triage: by hand, and by GitHub's signed webhook over a real socket."""

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer

if TYPE_CHECKING:
    from tests.examples.conftest import Example

TEAM = {"number": 1347, "kind": "bug", "team": "core", "labels": ["bug", "priority: high"]}


def test_an_issue_is_triaged_by_hand(weft: CommandLine, triage: "Example") -> None:
    folder = str(triage.folder)
    data = str(triage.folder / "input.json")
    done = weft("run", folder, "--trigger", "by_hand", "--input", data, "--json")
    assert done.code == 0, done.err
    assert done.report["output"]["result"] == TEAM


@pytest.fixture(scope="module")
def hook(server: WeftServer, triage: "Example") -> tuple[str, str]:
    """Address of the published workflow's webhook, and the secret it checks."""
    secret = secrets.token_urlsafe()
    body = {"name": "github", "type": "webhook_secret", "values": {"secret": secret}}
    credential = server.ask("POST", "/credentials", body)
    graph = triage.graph
    for node in graph["nodes"]:
        if node["id"] == "github":
            node["config"]["credential"] = credential["id"]
    return f"/hooks/{server.publish(graph)}/github", secret


def signed(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "x-github-event": "issues",
        "x-github-delivery": secrets.token_hex(16),
        "x-hub-signature-256": f"sha256={digest}",
    }


def test_a_signed_delivery_is_answered_with_the_triage(
    server: WeftServer, triage: "Example", hook: tuple[str, str]
) -> None:
    address, secret = hook
    reply = server.post_raw(address, triage.body, signed(triage.body, secret))
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert (answer["kind"], answer["triage"]["team"]) == ("bug", "core")
    assert "example-reporter" in answer["triage"]["reply"]


@pytest.mark.parametrize("change", ["body", "secret", "header"])
def test_a_delivery_that_proves_nothing_starts_nothing(
    server: WeftServer, triage: "Example", hook: tuple[str, str], change: str
) -> None:
    address, secret = hook
    workflow = address.split("/")[2]
    before = server.ask("GET", f"/workflows/{workflow}/runs?limit=100")["items"]
    headers = signed(triage.body, "wrong" if change == "secret" else secret)
    if change == "header":
        del headers["x-hub-signature-256"]
    body = triage.body.replace(b"opened", b"0pened") if change == "body" else triage.body
    reply = server.post_raw(address, body, headers)
    assert reply.status_code == 401, reply.text
    after = server.ask("GET", f"/workflows/{workflow}/runs?limit=100")["items"]
    assert len(after) == len(before)


def test_a_delivery_sent_twice_is_one_run(
    server: WeftServer, triage: "Example", hook: tuple[str, str]
) -> None:
    address, secret = hook
    headers = signed(triage.body, secret)
    answers = [server.post_raw(address, triage.body, headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    workflow = address.split("/")[2]
    runs = server.ask("GET", f"/workflows/{workflow}/runs?limit=100")["items"]
    assert len({run["id"] for run in runs}) == len(runs)


def test_other_actions_are_answered_and_ignored(
    server: WeftServer, triage: "Example", hook: tuple[str, str]
) -> None:
    address, secret = hook
    event: dict[str, Any] = {**triage.data, "action": "closed"}
    body = json.dumps(event).encode()
    reply = server.post_raw(address, body, signed(body, secret))
    assert reply.status_code == 200, reply.text
    assert reply.json()["triage"]["reply"] == "Only new issues are triaged."
