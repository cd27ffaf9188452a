"""Values too large for a run's states, as files that only their owner may read."""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from weft.domain.errors import StorageUnavailable


class FolderClaims:
    """See `weft.ports.claims`. One folder per tenant, one inside it per run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, tenant_id: str, run_id: str, digest: str, content: bytes) -> None:
        folder = self._of(tenant_id, run_id)
        path = folder / digest
        try:
            if path.exists():
                return
            for level in (self._folder, folder.parent, folder):
                _make(level)
            _write(folder, path, content)
        except OSError as error:
            raise StorageUnavailable(f"{folder}: {error.strerror}") from error

    def get(self, tenant_id: str, run_id: str, digest: str) -> bytes | None:
        path = self._of(tenant_id, run_id) / digest
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(f"{path}: {error.strerror}") from error

    def forget(self, tenant_id: str, run_id: str) -> None:
        folder = self._of(tenant_id, run_id)
        try:
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailable(f"{folder}: {error.strerror}") from error

    def _of(self, tenant_id: str, run_id: str) -> Path:
        # No id can leave the folder: there is no slash in a quoted one, and none begins with a dot.
        return self._folder / f"t-{quote(tenant_id, safe='')}" / f"r-{quote(run_id, safe='')}"


def _write(folder: Path, path: Path, content: bytes) -> None:
    """Whole or not at all, and there after a power cut: the run's journal will rest on it."""
    handle, name = tempfile.mkstemp(dir=folder)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(folder)


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Makes the names in a folder outlast a power cut; Windows has no such call."""
    if os.name == "posix":
        entry = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(entry)
        finally:
            os.close(entry)
