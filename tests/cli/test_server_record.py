"""The file through which commands find the server."""

import stat
from pathlib import Path

from weft.cli.server_record import ServerRecord, read_record, write_record

RECORD = ServerRecord("http://127.0.0.1:8420", 4711, "key_secret")


def test_a_record_comes_back_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "config" / "server.json"
    write_record(path, RECORD)
    assert read_record(path) == RECORD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_a_new_record_replaces_the_old_one_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    write_record(path, RECORD)
    write_record(path, ServerRecord("http://127.0.0.1:9000", 1, "other"))
    found = read_record(path)
    assert found is not None and found.url.endswith(":9000")
    assert list(tmp_path.iterdir()) == [path]


def test_no_record_and_a_record_of_another_version_are_no_server(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    assert read_record(path) is None
    path.write_text('{"address": "somewhere"}')
    assert read_record(path) is None
    path.write_text("not json")
    assert read_record(path) is None
