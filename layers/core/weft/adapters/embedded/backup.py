"""A copy of a data folder as it stood at one moment, made while a server may be writing to it."""

import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from weft.adapters.embedded.database import BUSY_SECONDS, unavailable
from weft.domain.errors import Conflict, Invalid, StorageUnavailable

# Of `weft dev`, and of `weft stepfunctions`. The journal is last: it is locked shortest.
_DATABASES: Final = ("weft.sqlite", "engine/journal.sqlite", "journal.sqlite")
_CLAIMS: Final = "claims"


def back_up(home: Path, file: Path, beside: Mapping[str, Path]) -> None:
    """Writes `file`, a tar that only its owner may read: the databases of `home` at one moment,
    the claims that they rest on, and what `beside` names.

    Raises `Conflict` if `file` exists, `Invalid` if `home` holds no data, and `StorageUnavailable`
    if something cannot be read or written, or is damaged; then there is no `file`.
    """
    if file.exists():
        raise Conflict(f"{file} exists already; a backup overwrites nothing")
    paths = {name: home / name for name in _DATABASES if (home / name).is_file()}
    if not paths:
        raise Invalid(f"{home} holds no data of Weft")
    try:
        with tempfile.TemporaryDirectory(prefix=".weft-backup-", dir=file.parent) as made:
            copies = _copied(paths, Path(made))
            # A claim never changes, and is there before anything rests on it.
            claims = {_CLAIMS: home / _CLAIMS} if (home / _CLAIMS).is_dir() else {}
            whole = Path(made) / "whole.tar"
            _write(whole, {**copies, **claims, **beside})
            whole.replace(file)
    except OSError as error:
        raise StorageUnavailable(f"{error.filename or file}: {error.strerror}") from error


def _copied(paths: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    copies = {name: folder / name.replace("/", "-") for name in paths}
    with _at_one_moment(list(paths.values())) as sources:
        for source, path, copy in zip(sources, paths.values(), copies.values(), strict=True):
            try:
                with closing(sqlite3.connect(copy)) as target:
                    source.backup(target)
                    found = target.execute("PRAGMA quick_check(1)").fetchall()
            except sqlite3.Error as error:
                raise unavailable(error, path) from error
            if found != [("ok",)]:
                raise StorageUnavailable(f"{path} is damaged ({found[0][0]}); nothing was written")
    return copies


@contextmanager
def _at_one_moment(paths: list[Path]) -> Iterator[list[sqlite3.Connection]]:
    """Connections that all see what had been written at the same moment.

    Between the two locks nobody can write to either file, so no reader sees what another misses.
    """
    with ExitStack() as readers:
        seen = []
        with ExitStack() as writers:
            for path in paths:
                _opened(path, "BEGIN IMMEDIATE", writers)
            for path in paths:
                reader = _opened(path, "BEGIN", readers)
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # now it reads
                seen.append(reader)
        yield seen


def _opened(path: Path, begin: str, stack: ExitStack) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        stack.enter_context(closing(connection))  # which ends its transaction
        connection.execute(begin)
    except sqlite3.Error as error:
        raise unavailable(error, path) from error
    return connection


def _write(file: Path, parts: Mapping[str, Path]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with tarfile.open(fileobj=opened, mode="w") as tar:
            for name, path in parts.items():
                tar.add(path, name)
        opened.flush()
        os.fsync(opened.fileno())
