"""What a server says when its files, its port or its key are not as they should be."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.graphs import chain, once
from tests.support.weft_server import SCRIPT, WeftServer, free_port

STORE, JOURNAL, KEY = "data/weft.sqlite", "data/engine/journal.sqlite", "config/weft.key"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that holds a waiting run and a credential, and was stopped."""
    folder = tmp_path_factory.mktemp("used")
    with WeftServer(folder) as server:
        workflow = server.publish(chain(once("ask", "approval", title="Go on?")))
        run_id = server.begin(workflow, None)
        server.until(run_id, "waiting")
        values = {"name": "their key", "type": "http_bearer", "values": {"token": "a-token"}}
        server.ask("POST", "/credentials", {**values, "allowed_hosts": ["api.example.com"]})
    return folder


def start(folder: Path, *, port: int = 0, **settings: str) -> tuple[int, str]:
    """A server that is expected not to start: its exit code and its words."""
    done = subprocess.run(
        [SCRIPT, "dev", "--port", str(port or free_port())],
        env=_environment(folder) | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout.decode()


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "WEFT_HOME": str(folder / "data"),
        "WEFT_KEY_FILE": str(folder / KEY),
    }


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2 + 123]


def _noise(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * 12_288 + data[16_384:]


def _empty(_: bytes) -> bytes:
    return b""


DAMAGES = [
    (STORE, _half, "damaged; restore it from a backup"),
    (STORE, _noise, "damaged; restore it from a backup"),
    (STORE, lambda data: b"no database" * 1000, "not a database; restore it from a backup"),
    (STORE, _empty, "is missing or empty"),
    (JOURNAL, _half, "restore it from a backup"),
    (JOURNAL, _noise, "restore it from a backup"),
    (JOURNAL, lambda data: b"no database" * 1000, "restore it from a backup"),
    (KEY, lambda data: b"no key", "not a key file of Weft"),
    (KEY, _empty, "the key file is damaged"),
]


@pytest.mark.parametrize(("name", "damage", "told"), DAMAGES)
def test_a_damaged_file_is_named_and_left_as_it_is(
    used: Path, tmp_path: Path, name: str, damage: Callable[[bytes], bytes], told: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(used, folder)
    file = folder / name
    left = damage(file.read_bytes())
    file.write_bytes(left)
    code, words = start(folder)
    assert code == 3
    assert str(file) in words and told in words
    assert "Traceback" not in words
    assert file.read_bytes() == left


def test_a_lost_store_is_not_taken_for_a_first_start(used: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(used, folder)
    (folder / STORE).unlink()
    code, words = start(folder)
    assert code == 3 and "is missing or empty" in words
    assert not (folder / STORE).exists()


def test_a_key_file_that_others_may_read_is_refused(used: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(used, folder)
    (folder / KEY).chmod(0o644)
    code, words = start(folder)
    assert code == 3 and "chmod 600" in words and "Traceback" not in words


def test_a_key_file_in_the_data_folder_is_refused(tmp_path: Path) -> None:
    code, words = start(tmp_path, WEFT_KEY_FILE=str(tmp_path / "data" / "my.key"))
    assert code != 0 and "must not lie in the data folder" in words and "Traceback" not in words
    assert not (tmp_path / "data" / "my.key").exists()


@pytest.mark.parametrize("change", ["missing", "another home's"])
def test_with_another_key_all_goes_on_but_what_it_sealed(
    used: Path, tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(used, folder)
    (folder / KEY).unlink()
    if change != "missing":
        (folder / KEY).write_text("11" * 32)
        (folder / KEY).chmod(0o600)
    with WeftServer(folder) as server:
        assert f"{folder / KEY} does not open these credentials: their key" in server.log()
        held = server.ask("GET", "/credentials")["items"][0]
        assert not server.ask("POST", f"/credentials/{held['id']}/test")["ok"]
        for run in server.ask("GET", "/runs")["items"]:
            assert server.wait(run["id"])["status"] == "completed"
        graph = chain(
            once("call", "http_request", url="https://api.example.com/", credential=held["id"])
        )
        ended = server.wait(server.begin(server.publish(graph), None))
        assert ended["error"]["type"] == "StepRefused"
        assert "key file" in ended["error"]["message"]
        assert "Traceback" not in server.log()


def test_a_journal_that_is_gone_is_said_for_each_run_and_the_rest_goes_on(
    used: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(used, folder)
    (folder / JOURNAL).unlink()
    with WeftServer(folder) as server:
        (lost,) = server.ask("GET", "/runs")["items"]
        assert f"run {lost['id']} cannot be recovered" in server.log()
        other = server.publish(chain(once("said", "log", message="on")))
        assert server.wait(server.begin(other, None))["status"] == "completed"
        assert "Traceback" not in server.log()


def test_a_second_server_and_a_taken_port_say_so(tmp_path: Path) -> None:
    with WeftServer(tmp_path / "first") as server:
        code, words = start(server.folder)
        assert code == 3
        assert "another Weft server uses this folder" in words and str(server.pid) in words
        code, words = start(tmp_path / "second", port=server.port)
        assert code != 0
        assert "choose another port" in words and "Traceback" not in words
        assert server.ask("GET", "/health")


def test_what_runs_hold_is_for_the_owner_alone(used: Path) -> None:
    for name in (STORE, JOURNAL, KEY):
        assert (used / name).stat().st_mode & 0o077 == 0, name
    assert (used / "data").stat().st_mode & 0o077 == 0
