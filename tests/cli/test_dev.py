"""`weft dev`: the first start, the second, and what stands in its way."""

import json
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer

WHO = {"name": "who", "type": "string", "required": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeftServer]:
    with WeftServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def beside(server: WeftServer) -> CommandLine:
    """The command line with the home of the running server."""
    return CommandLine(server.folder)


def test_the_first_start_prints_an_address_and_a_link_that_works_once(server: WeftServer) -> None:
    assert server.url in server.log()
    link = re.search(r"sign in\s+(\S+)", server.log())
    assert link is not None
    token = link[1].partition("token=")[2]
    answers = [
        httpx.post(f"{server.url}/sign-in", data={"token": token}, trust_env=False).status_code
        for _ in range(2)
    ]
    assert answers == [303, 401]


def test_the_first_start_seeds_the_examples(server: WeftServer) -> None:
    names = {item["name"] for item in server.ask("GET", "/workflows?limit=100")["items"]}
    assert {"Lead router", "GitHub issue triage", "Order review"} <= names


def test_only_the_owner_can_read_what_the_server_leaves(server: WeftServer) -> None:
    left = [path for path in (server.folder / "config").rglob("*") if path.is_file()]
    assert left
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in left)


def test_commands_find_the_server_by_themselves(beside: CommandLine) -> None:
    done = beside("workflows", "--json")
    assert done.code == 0, done.err
    assert done.report


def test_the_key_opens_the_api_to_curl(server: WeftServer, beside: CommandLine) -> None:
    key = beside("key").out.strip()
    reply = httpx.get(f"{server.url}/api/v1/workflows", headers={"X-API-Key": key}, trust_env=False)
    assert reply.status_code == 200


def test_a_waiting_run_is_found_and_approved(server: WeftServer, beside: CommandLine) -> None:
    found = server.ask("GET", "/workflows?limit=100")["items"]
    router = next(item["id"] for item in found if item["name"] == "Lead router")
    lead = {"company": "Big", "email": "a@b.example", "employees": 5_000, "budget": 80_000}
    run_id = server.begin(router, lead)
    while not server.pending(run_id):
        assert server.run(run_id)["status"] in ("pending", "running", "waiting")
    assert run_id in beside("approve").out
    done = beside("approve", run_id, "--decision", "approved", "--comment", "go on")
    assert done.code == 0, done.err
    assert server.wait(run_id)["status"] == "completed"
    shown = beside("runs", run_id)
    assert "completed" in shown.out and "tell_sales" in shown.out
    assert run_id in beside("runs").out


def test_a_graph_is_published_again_under_its_name(
    beside: CommandLine, server: WeftServer, tmp_path: Path
) -> None:
    graph = {
        "schema": "weft/1",
        "name": "Greeter",
        "nodes": [
            # Before the form: a start that names no trigger is by hand all the same.
            {"id": "hook", "type": "webhook_trigger", "config": {"path": "hello"}},
            {"id": "form", "type": "manual_trigger"},
            {"id": "ask", "type": "input", "config": {"inputs": [WHO]}},
            {"id": "out", "type": "output", "config": {"value": "Hello {{trigger.data.who}}"}},
        ],
        "edges": [
            {"source": "form", "target": "ask"},
            {"source": "ask", "target": "out", "order": 0},
            {"source": "hook", "source_port": "body", "target": "out", "order": 1},
        ],
    }
    path = tmp_path / "greeter.json"
    path.write_text(json.dumps(graph))
    first = beside("publish", str(path), "--json")
    assert first.code == 0, first.err
    report = first.report
    assert report["version"] == 1
    assert report["webhooks"] == [f"{server.url}/hooks/{report['id']}/hello"]
    assert beside("publish", str(path), "--json").report == report
    graph["nodes"][3]["config"]["value"] = "Hi {{trigger.data.who}}"  # type: ignore[index]
    path.write_text(json.dumps(graph))
    assert f"version 2\n  id       {report['id']}" in beside("publish", str(path)).out
    started = beside("start", "Greeter", "--input", '{"who": "Ada"}', "--wait", "10")
    assert started.code == 0, started.err
    assert started.report == {"out": "Hi Ada"}
    refused = beside("start", "Greeter", "--input", "{}")
    assert refused.code == 2 and "who is missing" in refused.err
    assert "Greeter" in beside("runs", "--workflow", "Greeter").out
    graph["nodes"].append({"id": "x", "type": "no_such_type"})  # type: ignore[attr-defined]
    path.write_text(json.dumps(graph))
    broken = beside("publish", str(path))
    assert broken.code == 2 and "no_such_type" in broken.err and broken.out == ""


def test_a_run_with_a_loop_is_shown_node_by_node(
    beside: CommandLine, server: WeftServer, tmp_path: Path
) -> None:
    graph = {
        "schema": "weft/1",
        "name": "Looper",
        "nodes": [
            {"id": "t", "type": "manual_trigger"},
            {"id": "each", "type": "for_each", "config": {"items": "{{[1, 2, 3]}}"}},
            {"id": "double", "type": "set_fields", "config": {"fields": {"n": "{{each.item}}"}}},
        ],
        "edges": [
            {"source": "t", "target": "each", "target_port": "items"},
            {"source": "each", "source_port": "item", "target": "double"},
            {"source": "double", "target": "each", "target_port": "back"},
        ],
    }
    path = tmp_path / "looper.json"
    path.write_text(json.dumps(graph))
    assert beside("publish", str(path)).code == 0
    run = beside("start", "Looper", "--wait", "10", "--json").report
    shown = beside("runs", run["id"]).out
    assert "double ×3" in shown and shown.count("double") == 1


def test_a_workflow_that_is_not_there_or_there_twice_is_named(
    beside: CommandLine, server: WeftServer
) -> None:
    missing = beside("start", "Nowhere")
    assert missing.code == 2 and "Nowhere" in missing.err
    ids = [server.ask("POST", "/workflows", {"name": "Twin"})["id"] for _ in range(2)]
    twice = beside("start", "Twin")
    assert twice.code == 2 and all(one in twice.err for one in ids)


def test_credentials_go_through_the_running_server(beside: CommandLine) -> None:
    added = beside("credentials", "add", "webhook_secret", "--name", "over http", given="xyz\n")
    assert added.code == 0, added.err
    assert added.out.strip() in beside("credentials", "list").out


def test_a_second_server_on_the_same_home_is_refused(
    server: WeftServer, beside: CommandLine
) -> None:
    done = beside("dev", "--port", "0")
    assert done.code == 3
    assert "another Weft server uses this folder" in done.err


def test_a_used_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CommandLine(tmp_path)("dev", "--port", str(port))
    assert done.code == 1
    assert f"127.0.0.1:{port}" in done.err


def test_without_a_server_commands_say_how_to_start_one(weft: CommandLine) -> None:
    done = weft("runs")
    assert done.code == 1
    assert "weft dev" in done.err


def test_a_second_start_keeps_everything_and_ends_cleanly(tmp_path: Path) -> None:
    server = WeftServer(tmp_path)
    with server:
        before = server.ask("GET", "/workflows?limit=100")["items"]
        assert server.stop() == 0
        server.start()
        after = server.ask("GET", "/workflows?limit=100")["items"]
    assert {item["id"] for item in after} == {item["id"] for item in before}
