"""A `weft stepfunctions` in a process of its own, and a boto3 client for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import httpx
from botocore.config import Config
from tests.support.weft_server import free_port

SCRIPT = Path(sys.executable).with_name("weft")
_START_SECONDS = 60.0


class StateMachineServer:
    """Keeps its data below `folder`; use it in a `with`."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.folder = folder
        self._environment = environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "StateMachineServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the server answers. Raises `AssertionError` with its output if it ends."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [SCRIPT, "stepfunctions", "--port", str(self.port),
                 "--home", str(self.folder / "data"), *self._options],
                env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **self._environment},
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        until = time.monotonic() + _START_SECONDS
        while not self._is_up():
            code = self._process.poll()
            assert code is None, f"the server ended with {code}:\n{self._log.read_text()}"
            assert time.monotonic() < until, f"no start:\n{self._log.read_text()}"
            time.sleep(0.02)

    def _is_up(self) -> bool:
        try:
            return httpx.post(self.url, trust_env=False).status_code == 400
        except httpx.TransportError:
            return False

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=15)

    def client(self) -> Any:
        """As anybody would make it; without retries, so that an error shows at once."""
        config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
        return boto3.client(
            "stepfunctions", endpoint_url=self.url, region_name="us-east-1", config=config,
            aws_access_key_id="any", aws_secret_access_key="any",
        )  # fmt: skip


def ended(client: Any, execution: str) -> dict[str, Any]:
    """The execution once it has ended."""
    until = time.monotonic() + 60
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < until, found
        time.sleep(0.02)
    described: dict[str, Any] = found
    return described
