"""Keep every run moving: project what the host reports, admit, recover, deliver, expire."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from weft.domain.errors import StorageUnavailable, WeftError
from weft.domain.run import Run, RunStatus
from weft.operations.admit_runs import admit_runs, start_execution
from weft.operations.decide_approval import deliver_decisions
from weft.operations.expire_approvals import expire_approvals
from weft.operations.expire_runs import expire_runs
from weft.operations.platform import Platform
from weft.operations.project_run_events import (
    Plans,
    project_run_events,
    projection_of,
    store_progress,
)
from weft.ports.machines import HistoryEvent

LOG: Final = logging.getLogger("weft.runs")
TICK_SECONDS: Final = 1.0  # how often limits are looked at
RESIDENT: Final = 256  # waiting runs kept in memory; others are read back when they go on
RETRY_SECONDS: Final = 1.0  # how soon a projection that could not be stored is tried again


class RunFollower:
    """One per process. `heard` is the host's listener; the rest runs in the background."""

    def __init__(self, platform: Platform, retry_seconds: float = RETRY_SECONDS) -> None:
        self._platform = platform
        self._retry_seconds = retry_seconds
        self._plans = Plans()
        self._tasks: set[asyncio.Task[None]] = set()
        self._catching_up: set[str] = set()
        self._parked: OrderedDict[str, None] = OrderedDict()
        self._closing = False

    def heard(self, run_id: str, events: Sequence[HistoryEvent]) -> None:
        """New history of a run. Never raises: what cannot be stored now is read again later."""
        try:
            self._hear(run_id, events)
        except StorageUnavailable as error:
            LOG.error("the progress of run %s could not be stored: %s", run_id, error)
            # The projection has gone past what is stored: only a new one can close the gap.
            self._platform.projections.pop(run_id, None)
            self._spawn(self._catch_up(run_id, delay=self._retry_seconds))
        except WeftError as error:
            LOG.error("run %s cannot be followed: %s", run_id, error)

    def _hear(self, run_id: str, events: Sequence[HistoryEvent]) -> None:
        projection = self._platform.projections.get(run_id)
        if projection is None:
            run = self._platform.store.runs.find(run_id)
            if run is None or run.status.ended:
                return
            projection = projection_of(self._platform, self._plans, run)
            self._platform.projections[run_id] = projection
        was_running = projection.run.status is RunStatus.RUNNING
        if not project_run_events(self._platform, projection, events):
            self._platform.projections.pop(run_id, None)
            self._spawn(self._catch_up(run_id))
            return
        self._after(projection.run, was_running)

    def _after(self, run: Run, was_running: bool) -> None:
        """Lets go of an ended run and of those that have waited longest; gives its slot away."""
        self._parked.pop(run.run_id, None)
        if run.status.ended:
            self._platform.projections.pop(run.run_id, None)
        elif run.status is RunStatus.WAITING:
            self._parked[run.run_id] = None
            if len(self._parked) > RESIDENT:
                self._platform.projections.pop(self._parked.popitem(last=False)[0], None)
        if was_running and run.status is not RunStatus.RUNNING:
            self._admit(run.tenant_id, run.workflow_id)

    def _admit(self, tenant_id: str, workflow_id: str) -> None:
        if self._platform.store.runs.oldest_pending(tenant_id, workflow_id, 1):
            self._spawn(admit_runs(self._platform, tenant_id, workflow_id))

    async def _catch_up(self, run_id: str, delay: float = 0.0) -> None:
        """Projects a run again from its whole history; what is stored already stays the same."""
        if run_id in self._catching_up:
            return
        self._catching_up.add(run_id)
        try:
            await asyncio.sleep(delay)
            while not await self._caught_up(run_id):
                await asyncio.sleep(self._retry_seconds)
        finally:
            self._catching_up.discard(run_id)

    async def _caught_up(self, run_id: str) -> bool:
        try:
            run = self._platform.store.runs.find(run_id)
            if run is not None and not run.status.ended:
                await self._replay(run)
        except StorageUnavailable as error:
            LOG.error("the progress of run %s still cannot be stored: %s", run_id, error)
            self._platform.projections.pop(run_id, None)
            return False
        return True

    async def _replay(self, run: Run) -> None:
        execution_id = run.execution_id
        if execution_id is None:
            version = self._platform.store.workflows.get_version(
                run.tenant_id, run.workflow_id, run.version
            )
            await start_execution(self._platform, run, version)
            return
        history = await self._platform.host.history(execution_id)
        # No await from here on: what is reported later comes after what was just read.
        projection = projection_of(self._platform, self._plans, run)
        projection.feed(history)
        projection.go_on(run.active_ms, self._platform.now())
        self._platform.projections[run.run_id] = projection
        store_progress(self._platform, projection)
        self._after(projection.run, run.status is RunStatus.RUNNING)
        if projection.run.status.ended or run.cancel_reason is None:
            return
        await self._platform.host.cancel(execution_id, "Cancelled", run.cancel_reason)

    async def recover(self) -> None:
        """After a start: catches up with every open run, delivers decisions, admits the queue."""
        queues: dict[tuple[str, str], None] = {}
        for run in self._platform.store.runs.list_open():
            queues[run.tenant_id, run.workflow_id] = None
            if run.status is not RunStatus.PENDING:
                await self._recover_one(run)
        await deliver_decisions(self._platform)
        for tenant_id, workflow_id in queues:
            await admit_runs(self._platform, tenant_id, workflow_id)

    async def _recover_one(self, run: Run) -> None:
        try:
            await self._replay(run)
        except StorageUnavailable:
            raise
        except WeftError as error:
            # One run whose host or node types are gone must not keep the others from going on.
            LOG.error("run %s cannot be recovered: %s", run.run_id, error)

    def begin(self) -> None:
        """Starts looking at limits now and then."""
        self._spawn(self._tick())

    async def _tick(self) -> None:
        while not self._closing:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await expire_runs(self._platform)
                await expire_approvals(self._platform)
                await deliver_decisions(self._platform)
            except WeftError as error:
                LOG.error("limits could not be looked at: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closing:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            LOG.error("background work failed", exc_info=error)

    async def close(self) -> None:
        """Stops background work."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
