"""Moves executions that ended long ago from the journal to a file, and makes the journal small.

The file is gzip of JSON lines, one per execution: its row, and its history in the order of ids.
"""

import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from weft.domain.errors import Conflict, StorageUnavailable
from weft.engine.journal import ExecutionRow, Journal
from weft.engine.json import to_json

# Of one transaction: a journal whose log outgrows the disk would be no help to a full one.
_PART: Final = 500
# What the journal has of an execution besides its row.
_TABLES: Final = ("events", "frames", "items", "answers", "unfinished")


@dataclass(frozen=True, slots=True)
class Archived:
    """How many executions went, and the journal's size before and after, in bytes."""

    executions: int
    before: int
    after: int


def archive(
    journal: Journal, file: Path, ended_before: float, check: Callable[[Journal], None]
) -> Archived:
    """Opens the journal, writes `file`, forgets what is in it, and gives the room back to the disk.

    Takes what ended before that moment (s since 1970), but nothing that an open execution started:
    its result may still be wanted. `check` may refuse by raising. Raises `Conflict` if `file`
    exists, `JournalLocked` while an engine runs, `StorageUnavailable`; nothing is forgotten before
    the file is on the disk.
    """
    if file.exists():
        raise Conflict(f"{file} exists already; an archive overwrites nothing")
    journal.open()
    try:
        check(journal)
        before = journal.path.stat().st_size
        chosen = _chosen(journal, ended_before)
        if chosen:
            _write(file, journal, chosen)
        for at in range(0, len(chosen), _PART):
            part = [(row.seq,) for row in chosen[at : at + _PART]]
            journal.write_all(
                [
                    (f"DELETE FROM {table} WHERE execution = ?", seq)  # noqa: S608 - names of ours
                    for table in _TABLES
                    for seq in part
                ]
                + [("DELETE FROM executions WHERE seq = ?", seq) for seq in part]
            )
        journal.write("VACUUM", ())
        journal.write("PRAGMA wal_checkpoint(TRUNCATE)", ())
        return Archived(len(chosen), before, journal.path.stat().st_size)
    finally:
        journal.close()


def _chosen(journal: Journal, ended_before: float) -> list[ExecutionRow]:
    wanted = _wanted(journal)
    rows = journal.read(
        "SELECT * FROM executions WHERE status <> 'RUNNING' AND stopped < ? ORDER BY seq",
        (ended_before,),
    )
    return [row for row in (ExecutionRow(*values) for values in rows) if row.seq not in wanted]


def _wanted(journal: Journal) -> set[int]:
    """What open executions started, and what that started; by name, so perhaps some more."""
    found: set[int] = set()
    open_ones = journal.read("SELECT seq FROM executions WHERE status = 'RUNNING'")
    left = [seq for (seq,) in open_ones]
    by_name: dict[str, list[int]] = {}
    for seq, name in journal.read("SELECT seq, name FROM executions"):
        by_name.setdefault(name, []).append(seq)
    while left:
        for name in _started(journal, left.pop()):
            more = [seq for seq in by_name.get(name, ()) if seq not in found]
            found.update(more)
            left += more
    return found


def _started(journal: Journal, seq: int) -> Iterator[str]:
    for event in journal.events_after(seq, 0):
        call = event.details.get("parameters")
        if event.type == "TaskScheduled" and isinstance(call, dict) and "StateMachineArn" in call:
            yield str(call["Name"])


def _write(file: Path, journal: Journal, rows: Sequence[ExecutionRow]) -> None:
    part = file.with_name(file.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            with gzip.open(raw, "wb") as lines:
                for row in rows:
                    lines.write(to_json(_line(journal, row)) + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageUnavailable(f"{file}: {error.strerror}") from error


def _line(journal: Journal, row: ExecutionRow) -> dict[str, object]:
    told = asdict(row)
    del told["digest"], told["stopping"]
    return told | {"history": [asdict(event) for event in journal.events_after(row.seq, 0)]}
