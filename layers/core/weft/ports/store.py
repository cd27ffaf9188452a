"""The bundle of repositories, and the transaction that spans them."""

from contextlib import AbstractContextManager
from typing import Protocol

from weft.ports.approvals import Approvals
from weft.ports.credentials import Credentials
from weft.ports.directory import Directory
from weft.ports.runs import Runs
from weft.ports.workflows import Workflows


class Store(Protocol):
    """All durable data. Calls are quick and synchronous; any may raise `StorageUnavailable`."""

    @property
    def workflows(self) -> Workflows: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def directory(self) -> Directory: ...

    def transaction(self) -> AbstractContextManager[None]:
        """All writes inside happen together or not at all. No `await` inside."""
        ...
