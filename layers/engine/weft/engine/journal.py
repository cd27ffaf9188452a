"""The journal: one SQLite file that holds machines, open frames, task answers and history.

One writer. `commit` writes all that one turn of the event loop produced in one transaction.
"""

import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from weft.domain.errors import StorageUnavailable
from weft.engine.errors import JournalCorrupt, JournalFull, JournalLocked
from weft.engine.events import HistoryEvent, decode_events, encode_events
from weft.engine.json import from_json
from weft.engine.schema import MIGRATIONS, SCHEMA, VERSION

# Batches over this many bytes are compressed: one run repeats the same values in many events.
COMPRESS_OVER = 600
# When SQLite copies the log back into the file, which waits for the disk (pages of 4 KiB). Most
# pages, of frames above all, are written many times before; they are copied once.
CHECKPOINT_PAGES = 4_000

Synchronous = Literal["FULL", "NORMAL"]


@dataclass(slots=True)
class ExecutionRow:
    """One execution without its values; input and output are in its first and last event."""

    seq: int
    id: str
    machine: str
    name: str
    digest: bytes
    status: str
    started: float
    stopped: float | None = None
    error: str | None = None
    cause: str | None = None
    stopping: bytes | None = None
    revision: int = 1  # of the machine's definition; it stays with the execution
    version: int | None = None  # by which it was started
    alias: str | None = None
    redrives: int = 0
    redriven: float | None = None


@dataclass(slots=True)
class Batch:
    """What the next transaction writes. Later entries for the same key replace earlier ones."""

    executions: dict[int, ExecutionRow] = field(default_factory=dict)
    frames: dict[tuple[int, int], bytes | None] = field(default_factory=dict)
    items: dict[tuple[int, str], bytes] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    used_answers: list[str] = field(default_factory=list)
    events: dict[int, list[HistoryEvent]] = field(default_factory=dict)
    unfinished: dict[int, tuple[float, bytes] | None] = field(default_factory=dict)

    def put(self, row: ExecutionRow) -> None:
        """Write the row; one that goes on again has nothing unfinished any more."""
        self.executions[row.seq] = row
        if row.redrives and row.status == "RUNNING":
            self.unfinished[row.seq] = None

    def drop_frames(self, seq: int) -> None:
        """Write no frame of an execution."""
        for key in [k for k in self.frames if k[0] == seq]:
            del self.frames[key]

    def close(self, seq: int) -> None:
        """Drop what an execution left besides its history."""
        self.closed.add(seq)
        self.drop_frames(seq)

    def forget(self, seq: int) -> None:
        """Write nothing of an execution."""
        self.executions.pop(seq, None)
        self.events.pop(seq, None)
        self.closed.discard(seq)
        self.unfinished.pop(seq, None)
        self.drop_frames(seq)
        for key in [k for k in self.items if k[0] == seq]:
            del self.items[key]

    def __bool__(self) -> bool:
        written = (self.executions, self.frames, self.events, self.used_answers, self.items)
        return any(written)


class Journal:
    """Open with `open()`; every error is a StorageUnavailable that says who must act."""

    def __init__(
        self, folder: Path, *, synchronous: Synchronous = "FULL", max_pages: int | None = None
    ) -> None:
        self.folder = folder
        self.path = folder / "journal.sqlite"
        self._synchronous = synchronous
        self._max_pages = max_pages
        self._db: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._turn = 0

    @property
    def db(self) -> sqlite3.Connection:
        """The open connection; raises StorageUnavailable when the journal is closed."""
        if self._db is None:
            raise StorageUnavailable("the engine's journal is closed")
        return self._db

    def open(self) -> None:
        """Take the lock, open and check the file. Raises JournalLocked, JournalCorrupt."""
        self._take_lock()
        try:
            self._open_file()
        except BaseException:
            self.close()
            raise

    def _take_lock(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)  # it holds what runs work with; SQLite's own files follow
            lock = os.open(
                self.folder / "journal.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise StorageUnavailable(f"cannot use the folder {self.folder}: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise JournalLocked(
                f"another process has the journal in {self.folder} open; stop it first"
            ) from error
        self._lock = lock

    def _open_file(self) -> None:
        try:
            db = sqlite3.connect(self.path, isolation_level=None, timeout=0.5)
            self._db = db
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA synchronous = {self._synchronous}")
            db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            if self._max_pages is not None:
                db.execute(f"PRAGMA max_page_count = {int(self._max_pages)}")
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise StorageUnavailable(
                    f"{self.path} was written by a newer Weft (format {found}, this one reads "
                    f"{VERSION}); install that version"
                )
            problems = db.execute("PRAGMA quick_check(3)").fetchall()
            if problems != [("ok",)]:
                raise JournalCorrupt(
                    f"{self.path} is damaged ({problems[0][0]}); restore it from a backup"
                )
            for step in range(found, VERSION) if found else ():
                db.executescript(f"BEGIN;{MIGRATIONS[step]}PRAGMA user_version = {step + 1};COMMIT")
            db.executescript(SCHEMA)
            db.execute(f"PRAGMA user_version = {VERSION}")
            self._turn = self._first_turn(db)
        except sqlite3.Error as error:
            raise self._translated(error) from error

    @staticmethod
    def _first_turn(db: sqlite3.Connection) -> int:
        """Turns count on over restarts without a write of their own: each opening has many."""
        db.execute("INSERT INTO openings SELECT 0 WHERE NOT EXISTS (SELECT * FROM openings)")
        db.execute("UPDATE openings SET times = times + 1")
        return int(db.execute("SELECT times FROM openings").fetchone()[0]) << 32

    def close(self) -> None:
        """Close the file and give the lock back."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def commit(self, batch: Batch) -> None:
        """Write all of `batch` or nothing. Raises StorageUnavailable."""
        db = self.db
        try:
            db.execute("BEGIN IMMEDIATE")
            self._write(db, batch)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise self._translated(error) from error

    def _write(self, db: sqlite3.Connection, batch: Batch) -> None:
        if batch.executions:
            db.executemany(
                "INSERT INTO executions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (seq)"
                " DO UPDATE SET status = excluded.status, stopped = excluded.stopped,"
                " error = excluded.error, cause = excluded.cause, stopping = excluded.stopping,"
                " redrives = excluded.redrives, redriven = excluded.redriven",
                [_row(x) for x in batch.executions.values()],
            )
        put = [(e, f, s) for (e, f), s in batch.frames.items() if s is not None]
        gone = [key for key, s in batch.frames.items() if s is None]
        if gone:
            db.executemany("DELETE FROM frames WHERE execution = ? AND frame = ?", gone)
        if put:
            db.executemany("INSERT OR REPLACE INTO frames VALUES (?,?,?)", put)
        if batch.items:
            items = [(e, key, item) for (e, key), item in batch.items.items()]
            db.executemany("INSERT OR REPLACE INTO items VALUES (?,?,?)", items)
        if batch.closed:
            keys = [(c,) for c in batch.closed]
            db.executemany("DELETE FROM frames WHERE execution = ?", keys)
            db.executemany("DELETE FROM answers WHERE execution = ?", keys)
        if batch.used_answers:
            db.executemany(
                "DELETE FROM answers WHERE token = ?", [(t,) for t in batch.used_answers]
            )
        for seq, kept in batch.unfinished.items():
            db.execute("DELETE FROM unfinished WHERE execution = ?", (seq,))
            if kept is not None:
                db.execute("INSERT INTO unfinished VALUES (?,?,?)", (seq, *kept))
        for seq in batch.closed:  # one that can be redriven needs what its branches were told
            db.execute(
                "DELETE FROM items WHERE execution = ?1"
                " AND NOT EXISTS (SELECT 1 FROM unfinished WHERE execution = ?1)",
                (seq,),
            )
        if batch.events:
            self._turn += 1
            rows = [
                (e, events[-1].id, _pack(events), self._turn) for e, events in batch.events.items()
            ]
            db.executemany("INSERT INTO events VALUES (?,?,?,?)", rows)

    def write(self, sql: str, values: tuple[Any, ...]) -> None:
        """One statement in its own transaction. Raises StorageUnavailable."""
        try:
            self.db.execute(sql, values)
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def write_all(self, statements: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """Several statements in one transaction. Raises StorageUnavailable."""
        db = self.db
        try:
            db.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                db.execute(sql, values)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise self._translated(error) from error

    def read(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows. Raises StorageUnavailable."""
        try:
            return self.db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def execution(self, where: str, value: Any) -> ExecutionRow | None:
        """The execution whose column `where` (`id` or `seq`) has the value."""
        rows = self.read(f"SELECT * FROM executions WHERE {where} = ?", (value,))  # noqa: S608 - a column name of ours
        return ExecutionRow(*rows[0]) if rows else None

    def frames_of(self, seq: int) -> list[tuple[int, bytes]]:
        """`(frame, snapshot)` of an open execution, in order."""
        sql = "SELECT frame, state FROM frames WHERE execution = ? ORDER BY frame"
        return self.read(sql, (seq,))

    def items_of(self, seq: int) -> dict[str, Any]:
        """The items of an execution, by key."""
        rows = self.read("SELECT key, item FROM items WHERE execution = ?", (seq,))
        return {key: from_json(item) for key, item in rows}

    def events_after(self, seq: int, after: int) -> Iterator[HistoryEvent]:
        """Events of an execution with an id over `after`, in order."""
        rows = self.read(
            "SELECT batch FROM events WHERE execution = ? AND last > ? ORDER BY last", (seq, after)
        )
        for (batch,) in rows:
            yield from (e for e in _unpack(batch) if e.id > after)

    def events_of(self, seqs: Iterable[int]) -> Iterator[tuple[int, HistoryEvent]]:
        """`(execution, event)` of several executions in the order in which they were written."""
        found: list[tuple[int, int, int, bytes]] = []
        for seq in seqs:
            found += self.read(
                "SELECT turn, execution, last, batch FROM events WHERE execution = ?", (seq,)
            )
        for _, seq, _, batch in sorted(found, key=lambda row: row[:3]):
            yield from ((seq, event) for event in _unpack(batch))

    def first_event(self, seq: int) -> HistoryEvent:
        """The ExecutionStarted event, which holds the input."""
        rows = self.read(
            "SELECT batch FROM events WHERE execution = ? ORDER BY last LIMIT 1", (seq,)
        )
        return _unpack(rows[0][0])[0]

    def last_event(self, seq: int) -> HistoryEvent:
        """The newest event; of a finished execution it holds the output."""
        rows = self.read(
            "SELECT batch FROM events WHERE execution = ? ORDER BY last DESC LIMIT 1", (seq,)
        )
        return _unpack(rows[0][0])[-1]

    def _translated(self, error: sqlite3.Error) -> StorageUnavailable:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return JournalFull(f"no room to write {self.path}: {error}; free some disk space")
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return JournalLocked(f"another program has {self.path} open: {error}; close it")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return JournalCorrupt(f"{self.path} is damaged ({error}); restore it from a backup")
        return StorageUnavailable(f"cannot use {self.path}: {error}")


def _row(x: ExecutionRow) -> tuple[Any, ...]:
    return (
        x.seq, x.id, x.machine, x.name, x.digest, x.status, x.started, x.stopped,
        x.error, x.cause, x.stopping, x.revision, x.version, x.alias, x.redrives, x.redriven,
    )  # fmt: skip


def _pack(events: Iterable[HistoryEvent]) -> bytes:
    raw = encode_events(list(events))
    return raw if len(raw) <= COMPRESS_OVER else b"z" + zlib.compress(raw, 1)


def _unpack(batch: bytes) -> list[HistoryEvent]:
    return decode_events(zlib.decompress(batch[1:]) if batch[:1] == b"z" else batch)
