"""A real server in a process of its own: started, asked, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from weft.bootstrap.settings import load_settings
from weft.cli.server_record import read_record, record_path

SCRIPT = Path(sys.executable).with_name("weft")
# Generous: a busy machine starts slowly, and a server that hangs must not hang the tests.
_START_SECONDS = 60.0


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WeftServer:
    """One `weft dev` with its data and configuration below `folder`; use it in a `with`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = folder / "server.log"
        self.starts_ms: list[float] = []
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "WEFT_HOME": str(folder / "data"),
            "WEFT_KEY_FILE": str(folder / "config" / "weft.key"),
            **settings,
        }
        self._record_path = record_path(load_settings(self._env))
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def __enter__(self) -> "WeftServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._http.close()

    def start(self) -> None:
        """Returns when the server answers. Raises `AssertionError` with its output if it ends."""
        (self.folder / "home").mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [SCRIPT, "dev", "--port", str(self.port)],
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not self._is_up():
            code = self._process.poll()
            assert code is None, f"the server ended with {code}:\n{self.log()}"
            assert time.monotonic() - began < _START_SECONDS, f"no start:\n{self.log()}"
            time.sleep(0.01)
        self.starts_ms.append((time.monotonic() - began) * 1000)

    def _is_up(self) -> bool:
        record = read_record(self._record_path)
        if self._process is None or record is None or record.pid != self._process.pid:
            return False
        self._http.headers["X-API-Key"] = record.api_key
        try:
            return self._http.get("/api/v1/health").is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL to the server alone, as the kernel would: its workers must see to themselves."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> int | None:
        """Asks it to end; its exit code, or None if it was not running."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            return self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self._process = None

    def log(self) -> str:
        """What the server printed so far, all starts together."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """JSON of a successful answer under `/api/v1`; `AssertionError` for any other."""
        reply = self.reply(method, path, body)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def reply(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Whatever is answered under `/api/v1`."""
        return self._http.request(method, f"/api/v1{path}", json=body)

    def post_raw(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        """A request as the outside world sends it: no key of ours."""
        return httpx.post(
            f"{self.url}{path}", content=content, headers=headers, timeout=30, trust_env=False
        )

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._process is not None
        return self._process.pid

    @property
    def api_key(self) -> str:
        """The key that the server left for the owner's commands."""
        return str(self._http.headers["X-API-Key"])

    def publish(self, graph: dict[str, Any], *, optimise: bool = True) -> str:
        """Creates and publishes a workflow; its id."""
        body = {"name": graph.get("name") or "graph", "graph": graph}
        workflow_id: str = self.ask("POST", "/workflows", body)["id"]
        options = {} if optimise else {"optimise": False}
        self.ask("POST", f"/workflows/{workflow_id}/publish", options)
        return workflow_id

    def begin(self, workflow_id: str, data: Any) -> str:
        """Starts a run; its id."""
        run = self.ask("POST", f"/workflows/{workflow_id}/execute", {"input": data})
        return str(run["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """The run as it stands."""
        found: dict[str, Any] = self.ask("GET", f"/runs/{run_id}")
        return found

    def steps(self, run_id: str) -> list[dict[str, Any]]:
        """Its steps."""
        found: list[dict[str, Any]] = self.ask("GET", f"/runs/{run_id}/steps")["items"]
        return found

    def pending(self, run_id: str) -> list[dict[str, Any]]:
        """Approvals that the run waits for."""
        found = self.ask("GET", "/approvals?limit=100")["items"]
        return [item for item in found if item["run_id"] == run_id]

    def decide(self, approval_id: str, decision: str = "approved") -> None:
        """A person's answer."""
        self.ask("POST", f"/approvals/{approval_id}/respond", {"decision": decision})

    def until(self, run_id: str, status: str, seconds: float = 60) -> None:
        """Returns when the run has that status."""
        end = time.monotonic() + seconds
        while (found := self.run(run_id)["status"]) != status:
            assert time.monotonic() < end, f"run {run_id} is {found}, not {status}:\n{self.log()}"
            time.sleep(0.02)

    def wait(self, run_id: str, decision: str = "approved", seconds: float = 60) -> dict[str, Any]:
        """The ended run; approvals on the way are decided the same way."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            run = self.run(run_id)
            if run["status"] in ("completed", "failed", "cancelled"):
                return run
            if run["status"] == "waiting":
                for approval in self.pending(run_id):
                    self.decide(approval["id"], decision)
            time.sleep(0.02)
        raise AssertionError(f"run {run_id} is still {self.run(run_id)['status']}:\n{self.log()}")
