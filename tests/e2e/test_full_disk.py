"""A disk that is full: said to everybody, nothing lost, and all goes on once there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.graphs import chain, once
from tests.support.weft_server import WeftServer


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Six megabytes of their own; only root may make such a disk."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as full:
        try:
            while True:
                full.write(b"x" * 4096)
        except OSError:
            return


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    server = WeftServer(small_disk)
    server.output = tmp_path / "server.log"
    with server:
        workflow = server.publish(chain(once("ask", "approval", title="Go on?")))
        large = {"padding": os.urandom(60_000).hex()}
        accepted = [server.begin(workflow, large)]
        server.until(accepted[0], "waiting")
        (approval,) = server.pending(accepted[0])
        _fill(small_disk / "filler")

        refused = 0
        for _ in range(60):
            reply = server.reply("POST", f"/workflows/{workflow}/execute", {"input": large})
            if reply.status_code == 202:
                accepted.append(reply.json()["id"])
                continue
            assert reply.status_code == 503
            assert reply.json()["code"] == "storage-unavailable"
            refused += 1
        assert refused > 10
        answer = {"decision": "approved", "data": "x" * 60_000}
        path = f"/approvals/{approval['id']}/respond"
        assert server.reply("POST", path, answer).status_code == 503
        assert server.run(accepted[0])["status"] == "waiting"
        assert server.ask("GET", "/health")["status"] == "healthy"

        (small_disk / "filler").unlink()
        accepted.append(server.begin(workflow, None))
        server.ask("POST", path, answer)
        for run_id in accepted:
            assert server.wait(run_id)["status"] == "completed"
        assert "the disk is full; free some space" in server.log()
        assert "Traceback" not in server.log()
        server.kill()
        server.start()
        assert {run["id"] for run in server.ask("GET", "/runs?limit=100")["items"]} == set(accepted)


def test_a_server_that_finds_no_room_at_its_start_says_so(small_disk: Path) -> None:
    _fill(small_disk / "filler")
    server = WeftServer(small_disk)
    server.output = small_disk.parent / "server.log"
    (small_disk / "filler").unlink()
    (small_disk / "home").mkdir()
    _fill(small_disk / "filler")
    with pytest.raises(AssertionError, match="the server ended with 3"):
        server.start()
    assert "Traceback" not in server.log()
    (small_disk / "filler").unlink()
    with server:
        assert server.ask("GET", "/health")["status"] == "healthy"
