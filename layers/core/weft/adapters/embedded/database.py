"""One SQLite connection: opened with care, migrated, its errors translated at this border."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from weft.adapters.embedded.schema import MIGRATIONS
from weft.domain.errors import Conflict, StorageUnavailable

Row: TypeAlias = tuple[Any, ...]

# How long another connection (a backup, a look with the sqlite3 shell) is waited for (s).
BUSY_SECONDS: Final = 5.0
# When the log is written back into the file, which waits for the disk (pages of 4 KiB). SQLite's
# own 1,000 come every few runs; most pages are written many times before they need to go back.
CHECKPOINT_PAGES: Final = 4_000


def unavailable(error: sqlite3.Error, path: Path) -> StorageUnavailable:
    """Our error for one of SQLite's, saying what a person can do."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    advice = {
        "SQLITE_FULL": "the disk is full; free some space",
        "SQLITE_BUSY": "another program holds a lock on it; close that program",
        "SQLITE_LOCKED": "another program holds a lock on it; close that program",
        "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
        "SQLITE_NOTADB": "the file is not a database; restore it from a backup",
        "SQLITE_READONLY": "it may not be written; check the permissions of the folder",
        "SQLITE_CANTOPEN": "it cannot be opened; check the permissions of the folder",
        "SQLITE_IOERR": "the disk failed to read or write it",
    }
    known = next((text for key, text in advice.items() if name.startswith(key)), str(error))
    return StorageUnavailable(f"{path}: {known} ({name})")


class Database:
    """Synchronous, for one thread. Writes outside `transaction` are each their own."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file. Raises `StorageUnavailable`."""
        self.path = path
        self._depth = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256
            )
            # NORMAL: a power cut may undo the last transactions, but never damages the file; the
            # engine's journal, from which runs are projected again, decides what really happened.
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
            self._migrate()
        except sqlite3.Error as error:
            raise unavailable(error, path) from error
        except OSError as error:
            raise StorageUnavailable(f"{path}: {error.strerror}") from error

    def _migrate(self) -> None:
        done: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if done > len(MIGRATIONS):
            raise StorageUnavailable(
                f"{self.path}: written by a newer version of Weft (schema {done}, "
                f"this one knows {len(MIGRATIONS)}); upgrade Weft"
            )
        for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inner ones belong to the outermost."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        self.run("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise
        finally:
            self._depth = 0

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Executes one statement; the number of rows changed. `Conflict` for a taken key."""
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.IntegrityError as error:
            raise Conflict(f"it exists already ({error})") from error
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Executes one statement for each row."""
        if not rows:
            return
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise unavailable(error, self.path) from error

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, if there is one."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def trace(self, tell: Callable[[str], None]) -> None:
        """Tells every statement with its values from now on."""
        self._connection.set_trace_callback(tell)

    def close(self) -> None:
        """Writes the log back into the file and closes it."""
        self._connection.close()
