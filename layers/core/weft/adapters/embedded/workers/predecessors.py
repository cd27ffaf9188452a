"""No step is dispatched while workers of an earlier server may still be running the same one.

The server locks a file and its workers inherit the open file. The system frees the lock when the
last of them is gone, however they went.
"""

import asyncio
import os
import signal
from pathlib import Path

from weft.domain.errors import StorageUnavailable

# A worker of a dead server is killed by the kernel or finds its pipe closed: usually at once.
PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.02


class WorkersLock:
    """`fd` is None until the lock is held, and where the system has no such locks."""

    def __init__(self, folder: Path, patience: float = PATIENCE_SECONDS) -> None:
        self._path = folder / "workers.lock"
        self._patience = patience
        self.fd: int | None = None

    async def acquire(self) -> None:
        """Waits, then kills what an earlier server recorded, then waits once more.

        Raises `StorageUnavailable` naming the processes that would not go.
        """
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if not await self._locked(fd):
            self._kill_recorded()
            if not await self._locked(fd):
                pids = ", ".join(str(pid) for pid, _ in self._recorded())
                os.close(fd)
                raise StorageUnavailable(
                    f"workers of an earlier server still run (processes {pids}); end them first"
                )
        os.ftruncate(fd, 0)
        self.fd = fd

    def record(self, pid: int) -> None:
        """Remember a worker, with what tells it from a later process of the same number."""
        if self.fd is not None:
            os.write(self.fd, f"{pid} {birth_of(pid)}\n".encode())

    def release(self) -> None:
        """Lets go of the file; workers that still live keep the lock."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    async def _locked(self, fd: int) -> bool:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while not _try_lock(fd):
            if loop.time() > end:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def _recorded(self) -> list[tuple[int, str]]:
        lines = self._path.read_text(encoding="ascii").splitlines()
        pairs = [line.split(" ", 1) for line in lines if " " in line]
        return [(int(pid), birth) for pid, birth in pairs if birth and birth_of(int(pid)) == birth]

    def _kill_recorded(self) -> None:
        for pid, _ in self._recorded():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def birth_of(pid: int) -> str:
    """When the process began, in ticks since the machine did; empty if that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name in parentheses may hold anything; field 22 counts from behind it (proc(5)).
    return stat.rpartition(")")[2].split()[19]


def _try_lock(fd: int) -> bool:
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
