"""A backup of a running server: everything acknowledged before it is in it, and goes on."""

import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.support.graphs import chain, once
from tests.support.state_machine_server import SCRIPT, StateMachineServer, ended
from tests.support.state_machines import machine, made
from tests.support.weft_server import WeftServer


def _weft(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "WEFT_HOME": str(folder / "data"),
        "WEFT_KEY_FILE": str(folder / "config" / "weft.key"),
    }
    return subprocess.run(
        [SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def _unpack(file: Path, home: Path) -> None:
    home.mkdir(parents=True)
    subprocess.run(["tar", "-xf", file, "-C", home], check=True)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A waiting run, a claim, a credential, and a backup with the key while runs begin and end."""
    folder = tmp_path_factory.mktemp("running")
    with WeftServer(folder) as server:
        waits = server.publish(chain(once("ask", "approval", title="Go on?")))
        waiting = server.begin(waits, {"n": 1})
        server.until(waiting, "waiting")
        quick = server.publish(chain(once("set", "set", fields={"a": 1})))
        values = {"name": "their key", "type": "http_bearer", "values": {"token": "a-token"}}
        credential = server.ask(
            "POST", "/credentials", {**values, "allowed_hosts": ["api.example.com"]}
        )
        (folder / "data" / "claims" / "t-any").mkdir(parents=True)
        (folder / "data" / "claims" / "t-any" / "digest").write_bytes(b"large")
        accepted: list[str] = []
        enough, stopping = threading.Event(), threading.Event()

        def load() -> None:
            while not stopping.is_set():
                accepted.append(server.begin(quick, {"n": len(accepted)}))
                if len(accepted) == 20:
                    enough.set()

        thread = threading.Thread(target=load)
        thread.start()
        enough.wait(60)
        before = list(accepted)
        done = _weft(folder, "backup", str(folder / "copy.tar"), "--with-key")
        after = len(accepted)
        stopping.set()
        thread.join()
    assert (done.returncode, done.stderr) == (0, "")
    assert after > len(before), "nothing was written meanwhile"
    return {"folder": folder, "file": folder / "copy.tar", "before": before,
            "waiting": waiting, "credential": credential["id"]}  # fmt: skip


def test_a_restored_server_has_all_and_goes_on(backed_up: dict[str, Any], tmp_path: Path) -> None:
    _unpack(backed_up["file"], tmp_path / "data")
    (tmp_path / "config").mkdir()
    (tmp_path / "data" / "weft.key").rename(tmp_path / "config" / "weft.key")
    with WeftServer(tmp_path) as server:
        for run_id in [*backed_up["before"], backed_up["waiting"]]:
            assert server.wait(run_id)["status"] == "completed"
        assert (tmp_path / "data" / "claims" / "t-any" / "digest").read_bytes() == b"large"
        assert "does not open these credentials" not in server.log()
        found = server.ask("GET", "/credentials")["items"]
        assert [c["id"] for c in found] == [backed_up["credential"]]


def test_a_backup_is_its_owners_and_overwrites_nothing(backed_up: dict[str, Any]) -> None:
    file: Path = backed_up["file"]
    assert file.stat().st_mode & 0o777 == 0o600
    size = file.stat().st_size
    again = _weft(backed_up["folder"], "backup", str(file))
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert file.stat().st_size == size
    assert list(file.parent.glob(".weft-backup-*")) == []


def test_without_being_asked_the_key_stays_apart(backed_up: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "no-key.tar"
    done = _weft(backed_up["folder"], "backup", str(file))
    assert done.returncode == 0
    assert "Keep" in done.stderr
    _unpack(file, tmp_path / "there")
    assert sorted(p.name for p in (tmp_path / "there").iterdir()) == [
        "claims", "engine", "weft.sqlite",
    ]  # fmt: skip


def test_a_damaged_or_an_empty_folder_gives_no_backup(
    backed_up: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "copy.tar"
    (tmp_path / "data").mkdir()
    assert _weft(tmp_path, "backup", str(file)).returncode == 2
    _unpack(backed_up["file"], tmp_path / "data" / "broken")
    journal = tmp_path / "data" / "broken" / "engine" / "journal.sqlite"
    data = journal.read_bytes()
    journal.write_bytes(data[:4096] + b"\xa5" * 12_288 + data[16_384:])
    done = _weft(tmp_path, "backup", str(file), "--home", str(tmp_path / "data" / "broken"))
    assert done.returncode == 3
    assert "journal.sqlite" in done.stderr
    assert "Traceback" not in done.stderr
    assert not file.exists()


def test_a_backup_of_a_step_functions_server_goes_on_where_it_was(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    wait = {"Type": "Wait", "Seconds": 2, "Next": "Done"}
    with StateMachineServer(first) as server:
        sfn = server.client()
        arn = made(sfn, machine(Wait=wait, Done={"Type": "Succeed", "Output": "there"}))
        begun = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
        file = tmp_path / "copy.tar"
        done = _weft(tmp_path, "backup", str(file), "--home", str(first / "data"))
        assert done.returncode == 0, done.stderr
    _unpack(file, second / "data")
    with StateMachineServer(second) as server:
        for execution in begun:
            assert ended(server.client(), execution)["output"] == '"there"'


def test_archived_runs_stay_in_the_run_view(tmp_path: Path) -> None:
    with WeftServer(tmp_path) as server:
        waits = server.publish(chain(once("ask", "approval", title="Go on?")))
        waiting = server.begin(waits, None)
        server.until(waiting, "waiting")
        quick = server.publish(chain(once("set", "set", fields={"a": 1})))
        ended_run = server.begin(quick, {"n": 1})
        before = server.wait(ended_run)
        steps = server.steps(ended_run)
        file = tmp_path / "old.gz"
        assert _weft(tmp_path, "archive", str(file), "--older-than", "0").returncode == 3
        server.stop()
        done = _weft(tmp_path, "archive", str(file), "--older-than", "0")
        assert (done.returncode, done.stderr) == (0, "")
        assert "1 executions archived" in done.stdout
        server.start()
        assert server.run(ended_run) == before
        assert server.steps(ended_run) == steps
        assert server.wait(waiting)["status"] == "completed"
