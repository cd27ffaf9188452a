"""All durable data of one machine in one SQLite file."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from weft.adapters.embedded.approvals import SqliteApprovals
from weft.adapters.embedded.credentials import SqliteCredentials
from weft.adapters.embedded.database import Database
from weft.adapters.embedded.directory import SqliteDirectory
from weft.adapters.embedded.runs import SqliteRuns
from weft.adapters.embedded.workflows import SqliteWorkflows


class SqliteStore:
    """See `weft.ports.store`."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file. Raises `StorageUnavailable`."""
        self._database = Database(path)
        self.workflows = SqliteWorkflows(self._database)
        self.runs = SqliteRuns(self._database)
        self.approvals = SqliteApprovals(self._database)
        self.credentials = SqliteCredentials(self._database)
        self.directory = SqliteDirectory(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        return self._database.transaction()

    def trace(self, tell: Callable[[str], None]) -> None:
        """Tells every statement with its values, for finding out what is slow."""
        self._database.trace(tell)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
