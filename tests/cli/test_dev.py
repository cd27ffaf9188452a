"""`weft dev`: the first start, the second, and what stands in its way."""

import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.command_line import CommandLine
from tests.support.weft_server import WeftServer


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
