"""Everything on one machine: SQLite, the embedded engine, worker processes, a key file."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from weft.adapters.embedded.claims import FolderClaims
from weft.adapters.embedded.event_bus import InProcessBus
from weft.adapters.embedded.folder_lock import FolderLock
from weft.adapters.embedded.host import EmbeddedHost
from weft.adapters.embedded.store import SqliteStore
from weft.adapters.embedded.vault import KeyFileVault
from weft.adapters.embedded.workers.pool import WorkerPool
from weft.bootstrap.host_calls import HostCalls
from weft.bootstrap.start_checks import check_key_file, check_store, say_what_stays_sealed
from weft.bootstrap.step_desk import StepDesk
from weft.engine.attempts import Invoke
from weft.engine.clock import Clock, RealClock
from weft.engine.jsonata import Jsonata
from weft.nodekit.catalogue import Catalogue
from weft.operations.follow_runs import RunFollower
from weft.operations.gather_history import GatheredHistory
from weft.operations.platform import Platform
from weft.ports.http import HttpClient


@dataclass(frozen=True, slots=True)
class Parts:
    """What is chosen elsewhere; tests pass their own. `clock` None: real time.

    `desk` answers the questions of running steps; `workers` None: `invoke` needs no processes.
    """

    invoke: Invoke
    jsonata: Jsonata
    catalogue: Catalogue
    http: HttpClient
    desk: StepDesk
    workers: WorkerPool | None = None
    clock: Clock | None = None
    gather_seconds: float = 0.0  # how long reports of a run may be held back, to be stored together


@asynccontextmanager
async def open_embedded(home: Path, key_file: Path, parts: Parts) -> AsyncIterator[Platform]:
    """The platform on a data folder, with every run that was under way going on.

    Raises `StorageUnavailable` if another process uses the folder or it cannot be read, and
    `Invalid` for a key file in the folder.
    """
    check_key_file(home, key_file)
    clock = parts.clock or RealClock()
    async with AsyncExitStack() as stack:
        lock = FolderLock(home)
        stack.callback(lock.close)
        check_store(home / "weft.sqlite", home / "engine" / "journal.sqlite")
        store = SqliteStore(home / "weft.sqlite")
        stack.callback(store.close)
        vault = KeyFileVault(key_file)
        say_what_stays_sealed(store, vault, key_file)
        calls = HostCalls(parts.invoke, parts.http, parts.desk, clock.now)
        host = EmbeddedHost(home / "engine", invoke=calls, jsonata=parts.jsonata, clock=clock)
        platform = Platform(
            store=store,
            host=host,
            vault=vault,
            claims=FolderClaims(home / "claims"),
            bus=InProcessBus(),
            http=parts.http,
            catalogue=parts.catalogue,
            now=lambda: int(clock.now() * 1000),
        )
        follower = RunFollower(platform)
        gathered = GatheredHistory(follower.heard, parts.gather_seconds)
        host.listen(gathered.heard)
        # Steps ask the platform for secrets and approvals, so it is whole before they start.
        parts.desk.serve(platform)
        if parts.workers is not None:
            stack.push_async_callback(parts.workers.close)
            await parts.workers.start()
        await host.open()
        stack.push_async_callback(host.close)
        stack.push_async_callback(follower.close)
        stack.callback(gathered.release)
        await follower.recover()
        follower.begin()
        yield platform
