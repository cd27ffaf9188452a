"""What goes wrong with files, and that a person is told what to do about it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from weft.adapters.embedded.database import Database
from weft.adapters.embedded.folder_lock import FolderLock
from weft.adapters.embedded.schema import MIGRATIONS
from weft.adapters.embedded.store import SqliteStore
from weft.domain.errors import StorageUnavailable
from weft.domain.page import PageRequest
from weft.domain.run import LogLine, Step, StepStatus
from weft.domain.run_event import EventType, RunEvent


def test_data_is_there_after_opening_again(tmp_path: Path) -> None:
    first = Database(tmp_path / "x" / "weft.sqlite")
    first.run("INSERT INTO tenants VALUES ('a', 'Acme', 1)")
    first.close()
    again = Database(tmp_path / "x" / "weft.sqlite")
    assert again.rows("SELECT name FROM tenants") == [("Acme",)]
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX's")
def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "weft.sqlite").close()
    assert (tmp_path / "weft.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "weft.sqlite"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageUnavailable, match=r"not a database; restore it"):
        Database(path)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "weft.sqlite"
    Database(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StorageUnavailable, match="newer version"):
        Database(path)


def test_a_full_disk_says_so_and_loses_nothing_before(tmp_path: Path) -> None:
    database = Database(tmp_path / "weft.sqlite")
    database.run("INSERT INTO tenants VALUES ('a', 'Acme', 1)")
    [(pages,)] = database.rows("PRAGMA page_count")
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageUnavailable, match="disk is full"), database.transaction():
        for n in range(1000):
            database.run("INSERT INTO tenants VALUES (?, ?, 1)", (str(n), "x" * 4000))
    assert database.rows("SELECT tenant_id FROM tenants") == [("a",)]
    database.run("DELETE FROM tenants")
    database.close()


def test_a_second_server_is_told_who_has_the_folder(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from weft.adapters.embedded.folder_lock import FolderLock\n"
        "lock = FolderLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StorageUnavailable, match=rf"process {holder.pid}\)"):
        FolderLock(tmp_path)
    holder.kill()
    holder.communicate()
    FolderLock(tmp_path).close()


@pytest.mark.parametrize(
    ("table", "query"),
    [
        ("runs_open", lambda store: store.runs.list_open()),
        ("runs_open", lambda store: store.runs.oldest_pending("a", "w", 1)),
        ("runs_open", lambda store: store.runs.count("a", "w")),
        ("approvals_open", lambda store: store.approvals.undelivered()),
        ("approvals_open", lambda store: store.approvals.expired(1)),
    ],
)
def test_what_is_asked_all_the_time_reads_open_rows_only(
    tmp_path: Path, table: str, query: Callable[[SqliteStore], object]
) -> None:
    asked: list[str] = []
    store = SqliteStore(tmp_path / "weft.sqlite")
    raw = sqlite3.connect(tmp_path / "weft.sqlite")
    store.trace(asked.append)
    query(store)
    plan = raw.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
    raw.close()
    store.close()
    assert [row for row in plan if table in row[3]], plan


def test_steps_events_and_log_lines_of_an_older_store_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "weft.sqlite"
    old = sqlite3.connect(path)
    for script in MIGRATIONS[:2]:
        old.executescript(script)
    old.execute("PRAGMA user_version = 2")
    large, odd = 2**80, '{"text":"\\ud800"}'
    body = f'[{{"i":1}},{large},null,2,3,4,0.5,10,11]'.encode()
    row = ("a", "r", "n", "0.1")
    old.execute("INSERT INTO steps VALUES (?,?,?,?,1,'success',?)", (*row, body))
    old.execute("INSERT INTO steps VALUES (?,?,?,?,0,'skipped',?)", (*row[:3], "", b"[]"))
    for seq in (2, 1):
        old.execute(
            "INSERT INTO run_events VALUES ('a','r',?,'log',5,'n','0.1',?)", (seq, odd.encode())
        )
        old.execute(
            "INSERT INTO log_lines VALUES ('a','r',?,'n','','info','said',5,?)", (seq, b'{"d":1}')
        )
    old.commit()
    old.close()
    runs = SqliteStore(path).runs
    skipped = Step("a", "r", "n", "", 0, StepStatus.SKIPPED)
    done = Step("a", "r", "n", "0.1", 1, StepStatus.SUCCESS, {"i": 1}, large, None, 2, 3, 4, 0.5)
    assert runs.list_steps("a", "r") == [skipped, replace(done, started_at=10, completed_at=11)]
    told = {"text": "\ud800"}
    assert runs.list_events("a", "r", 0, 9) == [
        RunEvent("a", "r", seq, EventType.LOG, 5, "n", "0.1", told) for seq in (1, 2)
    ]
    assert runs.list_logs("a", "r", PageRequest()).items == tuple(
        LogLine("a", "r", seq, "n", "", "info", "said", 5, {"d": 1}) for seq in (1, 2)
    )
