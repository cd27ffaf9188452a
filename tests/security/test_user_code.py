"""Rule 3: a person's code, through the whole server: it fails its own step and nothing else."""

import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.graphs import chain, code, once
from tests.support.weft_server import WeftServer

Run = Callable[..., dict[str, Any]]

ATTACKS = {
    "leaves": ("import os; os._exit(3)", "ended its process without a result"),
    "crashes": ("import ctypes; ctypes.string_at(0)", r"signal 11|ModuleNotFound|ImportError"),
    "hangs": ("while True: pass", "did not end within 1 s"),
    "takes memory": ("x = bytearray(2_000_000_000)", "more than its 256 MiB"),
    "forks": ("import os; os.fork()", "PermissionError"),
    "starts a program": ("import subprocess; subprocess.run(['id'])", "PermissionError"),
    "opens a socket": ("import socket; socket.create_connection(('127.0.0.1', 80))", "Error"),
    "gives too much": ("return 'x' * 7_000_000", "may have 6,291,456"),
    "gives no JSON": ("return object()", "not JSON serializable"),
    "gives not a number": ("return float('nan')", "not JSON"),
    "nests without end": ("x = []\nfor _ in range(5000): x = [x]\nreturn x", "recursion"),
    "nests deep": ("x = []\nfor _ in range(900): x = [x]\nreturn x", "nests deeper than 254"),
    "is no text": ("raise ValueError('\\ud800')", r"ValueError: \?"),
}


@pytest.mark.parametrize(("source", "told"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_fails_its_own_step_with_a_clear_error(run: Run, source: str, told: str) -> None:
    ended = run(code(source, timeout_seconds=1))
    assert ended["status"] == "failed"
    assert re.search(told, ended["error"]["message"]), ended["error"]


def test_nothing_of_the_server_can_be_read(run: Run, server: WeftServer) -> None:
    """Each read gives an error; the answer is the list of what could be read after all."""
    wanted = [
        str(server.folder / "data" / "weft.sqlite"),
        str(server.folder / "data" / "engine" / "journal.sqlite"),
        str(server.folder / "config" / "weft.key"),
        f"/proc/{server.pid}/environ",
        f"/proc/{os.getpid()}/environ",
        "/proc/self/environ",
        "/etc/passwd",
        __file__,
    ]
    source = (
        "got = []\n"
        "for path in paths:\n"
        "    try:\n        got.append(open(path, 'rb').read(1) and path)\n"
        "    except OSError:\n        pass\n"
        "import os\n"
        "return [got, sorted(os.environ)]\n"
    )
    ended = run(code(source, variables={"paths": wanted}))
    assert ended["output"]["code"]["result"] == [[], ["LANG"]]


def test_a_flood_of_output_is_cut_and_the_run_goes_on(run: Run) -> None:
    ended = run(code("print('x' * 3_000_000); return 1"))
    assert ended["status"] == "completed"
    assert ended["output"]["code"]["result"] == 1
    assert len(ended["output"]["code"]["stdout"]) < 262_144


def test_other_runs_go_on_beside_code_that_hangs(server: WeftServer) -> None:
    hanging = server.publish(code("while True: pass", timeout_seconds=30))
    runs = [server.begin(hanging, None) for _ in range(2)]
    other = server.publish(chain(once("said", "log", message="still here")))
    assert server.wait(server.begin(other, None), seconds=20)["status"] == "completed"
    for run_id in runs:
        assert server.run(run_id)["status"] == "running"
        server.ask("POST", f"/runs/{run_id}/cancel")
        assert server.wait(run_id)["status"] == "cancelled"
