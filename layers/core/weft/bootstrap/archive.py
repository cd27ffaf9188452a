"""Archives ended executions of this machine: of `weft dev`, or of `weft stepfunctions`."""

from pathlib import Path

from weft.adapters.embedded.store import SqliteStore
from weft.domain.errors import Conflict, Invalid
from weft.engine.archive import Archived, archive
from weft.engine.journal import Journal


def archive_executions(home: Path, file: Path, ended_before: float) -> Archived:
    """As `weft.engine.archive.archive`, of the journal in `home`.

    Raises `Invalid` when there is none, and `Conflict` when a run has not been told of its end yet:
    its history is still wanted.
    """
    store = home / "weft.sqlite"
    folder = home / "engine" if store.is_file() else home
    if not (folder / "journal.sqlite").is_file():
        raise Invalid(f"{home} holds no journal")

    def check(journal: Journal) -> None:
        if store.is_file():
            _check_all_told(store, journal)

    return archive(Journal(folder), file, ended_before, check)


def _check_all_told(path: Path, journal: Journal) -> None:
    store = SqliteStore(path)
    try:
        for run in store.runs.list_open():
            row = journal.execution("id", run.execution_id) if run.execution_id else None
            if row is not None and row.status != "RUNNING":
                raise Conflict(
                    f"run {run.run_id} ended just as the server was killed: start `weft dev` once, "
                    "stop it, and try again"
                )
    finally:
        store.close()
