"""Stop runs that have been active for too long; time spent waiting does not count (CF-03)."""

from weft.domain.run import RunStatus
from weft.operations.admit_runs import settings_of
from weft.operations.platform import Platform
from weft.operations.projection import RUN_TIMEOUT, TIMEOUT_MESSAGE


async def expire_runs(platform: Platform) -> None:
    """Looks at the runs in flight; the ones over their workflow's `timeout_seconds` are stopped."""
    now = platform.now()
    for run_id, projection in list(platform.projections.items()):
        run = projection.run
        if run.status is not RunStatus.RUNNING or run.active_since is None:
            continue
        version = platform.store.workflows.get_version(run.tenant_id, run.workflow_id, run.version)
        limit = settings_of(version).timeout_seconds * 1000
        if run.active_ms + now - run.active_since <= limit:
            continue
        stored = platform.store.runs.get(run.tenant_id, run_id)
        if stored.execution_id is not None:
            await platform.host.cancel(stored.execution_id, RUN_TIMEOUT, TIMEOUT_MESSAGE)
