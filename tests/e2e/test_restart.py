"""What was under way when a server ends goes on with the next one: waits, limits, streams, load."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.graphs import chain, code, once
from tests.support.weft_server import WeftServer
from websockets.sync.client import connect


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_approval_is_answered_after_a_restart(tmp_path: Path, end: str) -> None:
    with WeftServer(tmp_path) as server:
        ask = once("ask", "approval", title="Release {{ trigger.data.what }}?")
        result = once("result", "output", value="{{ ask.output.comment }}")
        graph = chain(ask, result)
        graph["edges"][1]["source_port"] = "approved"
        run_id = server.begin(server.publish(graph), {"what": "it"})
        server.until(run_id, "waiting")
        getattr(server, end)()
        server.start()
        assert server.run(run_id)["status"] == "waiting"
        (approval,) = server.pending(run_id)
        assert approval["title"] == "Release it?"
        answer = {"decision": "approved", "comment": "after the restart"}
        server.ask("POST", f"/approvals/{approval['id']}/respond", answer)
        assert server.wait(run_id)["output"] == {"result": "after the restart"}
        assert (
            server.reply("POST", f"/approvals/{approval['id']}/respond", answer).status_code == 409
        )


def test_time_limits_and_delays_run_on_while_no_server_does(tmp_path: Path) -> None:
    with WeftServer(tmp_path) as server:
        late = chain(
            once("ask", "approval", title="?", timeout_seconds=2, on_timeout="branch"),
            once("result", "output", value="nobody answered"),
        )
        late["edges"][1]["source_port"] = "timeout"
        asked = server.begin(server.publish(late), None)
        failing = once("ask", "approval", title="?", timeout_seconds=2)
        failed = server.begin(server.publish(chain(failing)), None)
        slept = server.begin(server.publish(chain(once("sleep", "delay", seconds=2))), None)
        for run_id in (asked, failed, slept):
            server.until(run_id, "waiting")
        server.kill()
        time.sleep(2)
        server.start()
        until = time.monotonic() + 20
        while server.run(asked)["status"] == "waiting" and time.monotonic() < until:
            time.sleep(0.05)
        assert server.wait(asked)["output"] == {"result": "nobody answered"}
        assert server.wait(failed)["error"]["type"] == "States.Timeout"
        assert server.wait(slept)["status"] == "completed"
        assert server.ask("GET", "/approvals")["items"] == []


def test_a_node_answers_the_caller_of_a_webhook(tmp_path: Path) -> None:
    with WeftServer(tmp_path) as server:
        answer = {"status": 201, "headers": {"X-Seen": "yes"}, "body": {"n": 1}}
        graph = chain(once("answer", "webhook_response", **answer))
        graph["nodes"][0] = {
            "id": "start",
            "type": "webhook_trigger",
            "config": {"respond": "from_node"},
        }
        graph["edges"][0]["source_port"] = "body"
        workflow = server.publish(graph)
        reply = server.post_raw(f"/hooks/{workflow}", b"{}", {"content-type": "application/json"})
        assert (reply.status_code, reply.json(), reply.headers["x-seen"]) == (201, {"n": 1}, "yes")


def test_a_server_under_load_ends_within_5_s_and_loses_no_run(tmp_path: Path) -> None:
    with WeftServer(tmp_path) as server:
        workflow = server.publish(
            code("import time; time.sleep(0.3); return input", timeout_seconds=9)
        )
        url, key = f"{server.url}/api/v1/workflows/{workflow}/execute", server.api_key
        accepted: list[str] = []
        stopping = threading.Event()

        def load() -> None:
            with httpx.Client(headers={"x-api-key": key}, trust_env=False, timeout=10) as client:
                while not stopping.is_set():
                    try:
                        reply = client.post(url, json={"input": len(accepted)})
                    except httpx.TransportError:
                        return
                    if reply.status_code == 202:
                        accepted.append(reply.json()["id"])
                    time.sleep(0.02)

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        stopping.set()
        for thread in threads:
            thread.join()
        server.start()
        assert len(accepted) > 5
        for run_id in accepted:
            assert server.wait(run_id)["status"] == "completed"
        assert "Traceback" not in server.log()


def _streamed(server: WeftServer, run_id: str, after: int, most: int) -> list[dict[str, Any]]:
    """Up to `most` events over server-sent events."""
    headers = {"x-api-key": server.api_key, "last-event-id": str(after)}
    url = f"{server.url}/api/v1/runs/{run_id}/stream"
    found: list[dict[str, Any]] = []
    with httpx.stream("GET", url, headers=headers, timeout=20, trust_env=False) as reply:
        if reply.status_code == 204:
            return found
        for line in reply.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
                if len(found) == most:
                    break
    return found


def _socketed(server: WeftServer, run_id: str, after: int, most: int) -> list[dict[str, Any]]:
    """Up to `most` events over a websocket."""
    url = f"ws://127.0.0.1:{server.port}/api/v1/runs/{run_id}/stream?after={after}"
    found: list[dict[str, Any]] = []
    with connect(url, additional_headers={"x-api-key": server.api_key}) as ws:
        for message in ws:
            found.append(json.loads(message))
            if len(found) == most:
                break
    return found


@pytest.mark.parametrize("read", [_streamed, _socketed])
def test_a_stream_goes_on_behind_what_was_seen_over_a_restart(tmp_path: Path, read: Any) -> None:
    with WeftServer(tmp_path) as server:
        graph = chain(
            once("first", "log", message="one"),
            once("ask", "approval", title="?"),
            once("last", "log", message="two"),
        )
        graph["edges"][2]["source_port"] = "approved"
        run_id = server.begin(server.publish(graph), None)
        server.until(run_id, "waiting")
        before = server.run(run_id)["last_seq"]
        seen = read(server, run_id, 0, before - 1)
        server.kill()
        server.start()
        for approval in server.pending(run_id):
            server.decide(approval["id"])
        server.until(run_id, "completed")
        seen += read(server, run_id, seen[-1]["seq"], 1_000)
        last = server.run(run_id)["last_seq"]
        assert [event["seq"] for event in seen] == list(range(1, last + 1))
        assert seen[0]["type"] == "execution.started" and seen[-1]["type"] == "execution.completed"
        assert seen == read(server, run_id, 0, last)


def test_a_caller_that_hangs_up_half_way_harms_nobody(tmp_path: Path) -> None:
    with WeftServer(tmp_path) as server:
        for part in (
            b"POST /api/v1/workflows HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 99\r\n\r\n{",
            b"GET / HTTP/1.1\r\nhost: 127",
            b"\x16\x03\x01\x02\x00\x01",
            b"\r\n" * 5000,
        ):
            with socket.create_connection(("127.0.0.1", server.port)) as raw:
                raw.sendall(part)
        assert server.ask("GET", "/health")["status"] == "healthy"
        assert "Traceback" not in server.log()


def test_steps_that_share_a_call_are_done_again_together(tmp_path: Path) -> None:
    slow = "import time\ntime.sleep(1.5)\nreturn input + 1"
    graph = chain(once("a", "code", code="return 20"), once("b", "code", code=slow))
    graph["edges"][1]["source_port"] = "result"
    with WeftServer(tmp_path) as server:
        run_id = server.begin(server.publish(graph), None)
        until = time.monotonic() + 20
        while len(server.steps(run_id)) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.5)  # both are in one call, which the first has left
        server.kill()
        server.start()
        ended = server.wait(run_id)
        assert ended["status"] == "completed"
        assert ended["output"] == {"b": {"result": 21, "stdout": ""}}
        steps = {
            step["node_id"]: (step["status"], step["attempts"]) for step in server.steps(run_id)
        }
        assert steps["a"] == steps["b"] == ("success", 1)
