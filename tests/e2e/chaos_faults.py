"""What the chaos drill does to a server, and the small disk and preload library it needs."""

import os
import random
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.e2e.chaos_functions import Functions
from tests.support.state_machine_server import StateMachineServer

PRELOAD = Path(__file__).with_name("chaos_preload.c")
SIGTERM_SECONDS = 5.0
_SMALLEST_DISK_MB = 32


@contextmanager
def small_disk(folder: Path, faults: int) -> Iterator[bool]:
    """A file system of its own in `folder`, with room for a drill of so many faults; whether
    there is one: only root may make it. What lies there when a law breaks is kept beside it."""
    folder.mkdir()
    size = f"size={_SMALLEST_DISK_MB + faults // 2}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    mounted = (
        shutil.which("mount") is not None
        and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    )
    try:
        yield mounted
    except BaseException:
        shutil.copytree(folder, folder.with_name("kept"))
        raise
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def preload(folder: Path) -> dict[str, str]:
    """The environment of a server whose clock and flushes can be disturbed; without a C compiler
    nothing."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return {}
    library, control = folder / "chaos.so", folder / "faults"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(PRELOAD)], check=True
    )
    control.write_bytes(struct.pack("dd", 0, 0))
    return {"LD_PRELOAD": str(library), "CHAOS_FAULTS": str(control)}


class Faults:
    """Draws a fault and does it; when it returns the server is up and well again."""

    def __init__(
        self, server: StateMachineServer, functions: Functions, dice: random.Random,
        *, disk: bool, control: Path | None,
    ) -> None:  # fmt: skip
        self._server, self._functions, self._dice = server, functions, dice
        self._control = control
        self._ahead = 0.0  # s that the clock was set forward so far
        self.deaths = 0
        self.restart_ms: list[float] = []
        self.sigterm_ms: list[float] = []
        self.kinds: dict[str, Callable[[], None]] = {
            "kill -9": self._kill,
            "SIGTERM": self._terminate,
            "stall": self._stall,
            "handler crash": self._crash_handlers,
        }
        if disk:
            self.kinds |= {"full disk": self._fill, "full disk and kill": self._fill_and_kill}
        if control is not None:
            self.kinds |= {
                "slow disk": self._slow,
                "clock forward": self._forward,
                "clock back": self._back,
            }

    def strike(self, kind: str) -> None:
        """One fault of the kind."""
        self.kinds[kind]()

    def _kill(self) -> None:
        self._server.kill()
        self._restart()

    def _restart(self) -> None:
        self.deaths += 1
        began = time.monotonic()
        self._server.start()
        self.restart_ms.append((time.monotonic() - began) * 1000)

    def _terminate(self) -> None:
        began = time.monotonic()
        code = self._server.stop()
        spent = time.monotonic() - began
        assert code == 0, f"SIGTERM ended the server with {code}"
        assert spent <= SIGTERM_SECONDS, f"SIGTERM took {spent:.1f} s"
        self.sigterm_ms.append(spent * 1000)
        self._restart()

    def _stall(self) -> None:
        os.kill(self._server.pid, signal.SIGSTOP)
        time.sleep(self._dice.uniform(0.1, 1.2))
        os.kill(self._server.pid, signal.SIGCONT)

    def _crash_handlers(self) -> None:
        self._functions.crashing.set()
        time.sleep(self._dice.uniform(0.2, 0.8))
        self._functions.crashing.clear()

    @contextmanager
    def _full(self) -> Iterator[None]:
        filler = self._server.folder / "data" / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (65_536, 4_096):
                with suppress(OSError):
                    while True:
                        file.write(b"x" * size)
        try:
            yield
        finally:
            filler.unlink()

    def _fill(self) -> None:
        with self._full():
            time.sleep(self._dice.uniform(0.3, 1.0))

    def _fill_and_kill(self) -> None:
        with self._full():
            time.sleep(self._dice.uniform(0.1, 0.6))
            self._server.kill()
        self._restart()

    def _disturb(self, clock: float, flush: float) -> None:
        assert self._control is not None
        with self._control.open("r+b") as file:  # in place: the server has it mapped
            file.write(struct.pack("dd", clock, flush))

    def _slow(self) -> None:
        self._disturb(self._ahead, self._dice.uniform(0.05, 0.4))
        time.sleep(self._dice.uniform(0.5, 1.5))
        if self._dice.random() < 0.5:
            self._kill()
        self._disturb(self._ahead, 0)

    def _forward(self) -> None:
        self._ahead += self._dice.choice((2, 60, 3600, 86_400)) * self._dice.random()
        self._disturb(self._ahead, 0)

    def _back(self) -> None:
        """For a while: what waits for a moment waits that much longer, as it should."""
        self._disturb(self._ahead - self._dice.choice((2, 3600)) * self._dice.random(), 0)
        time.sleep(self._dice.uniform(0.2, 0.8))
        if self._dice.random() < 0.3:
            self._kill()
        self._disturb(self._ahead, 0)
