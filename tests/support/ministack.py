"""MiniStack on loopback, where it is installed (`make emulator`): it wants an environment alone."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.support.aws_server import place_at
from tests.support.weft_server import free_port

from weft.adapters.aws.place import Place

SCRIPT = Path(__file__).parents[2] / ".ministack" / "bin" / "ministack"
_START_SECONDS = 30.0


@contextmanager
def ministack(folder: Path) -> Iterator[Place]:
    """Serves with nothing kept; ends with the block. `folder`: where its log goes."""
    port = free_port()
    # Its own default is every address of the machine, without asking who calls.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    url = f"http://127.0.0.1:{port}"
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [SCRIPT], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + _START_SECONDS
        while not _is_up(url):
            assert process.poll() is None, (folder / "ministack.log").read_text()
            assert time.monotonic() < until, "MiniStack does not start"
            time.sleep(0.05)
        yield place_at(url)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_ministack/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
