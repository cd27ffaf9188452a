"""One server per data folder: SQLite would survive two, the runs inside would not."""

import os
import sys
from pathlib import Path
from typing import IO

from weft.domain.errors import StorageUnavailable


class FolderLock:
    """Held from construction to `close`; the system frees it if the process dies."""

    def __init__(self, folder: Path) -> None:
        """Raises `StorageUnavailable` naming the process that holds the folder."""
        self._path = folder / "weft.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Opened for appending, so that a refused start does not wipe the holder's id.
            self._file: IO[str] = self._path.open("a+")
        except OSError as error:
            raise StorageUnavailable(f"{self._path}: {error.strerror}") from error
        if not _try_lock(self._file):
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StorageUnavailable(
                f"{folder}: another Weft server uses this folder (process {holder}); "
                "stop it, or set WEFT_HOME to another folder"
            )
        try:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(f"{os.getpid()}\n")
            self._file.flush()
        except OSError as error:
            raise StorageUnavailable(f"{self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Frees the folder."""
        self._file.close()


def _try_lock(file: IO[str]) -> bool:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        try:
            # Far behind the text, because Windows locks forbid reading what they cover.
            file.seek(1 << 20)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
