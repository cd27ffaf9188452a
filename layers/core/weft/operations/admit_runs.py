"""Let queued runs start as slots become free; nothing that was accepted is ever dropped (EX-24)."""

from dataclasses import replace

from weft.domain.errors import HostRejected
from weft.domain.graph import Settings
from weft.domain.run import Run, RunError, RunStatus
from weft.domain.times import iso
from weft.domain.workflow import JsonObject, PublishedVersion
from weft.operations.finish_run import finish_run
from weft.operations.platform import Platform


def settings_of(version: PublishedVersion) -> Settings:
    """The workflow's limits, as they were published."""
    return Settings.model_validate(version.graph.get("settings", {}))


async def admit_runs(platform: Platform, tenant_id: str, workflow_id: str) -> None:
    """Starts pending runs of a workflow, oldest first, while fewer than its limit are active."""
    runs = platform.store.runs
    while queue := runs.oldest_pending(tenant_id, workflow_id, 1):
        run = queue[0]
        version = platform.store.workflows.get_version(tenant_id, workflow_id, run.version)
        limit = settings_of(version).concurrency_limit
        if runs.count(tenant_id, workflow_id).active >= limit:
            return
        admitted = _admitted(platform, run)
        # No await since the count: nobody else can have taken the slot.
        if runs.change(admitted, expected=RunStatus.PENDING):
            await start_execution(platform, admitted, version)


async def admit_new(platform: Platform, run: Run, version: PublishedVersion) -> Run:
    """Stores a new run: started at once where a slot is free that nobody waits for, else queued."""
    runs = platform.store.runs
    count = runs.count(run.tenant_id, run.workflow_id)
    if count.pending or count.active >= settings_of(version).concurrency_limit:
        runs.add(run)
        await admit_runs(platform, run.tenant_id, run.workflow_id)
        return runs.get(run.tenant_id, run.run_id)
    admitted = _admitted(platform, run)
    runs.add(admitted)
    return await start_execution(platform, admitted, version)


def _admitted(platform: Platform, run: Run) -> Run:
    now = platform.now()
    return replace(run, status=RunStatus.RUNNING, started_at=now, active_since=now)


async def start_execution(platform: Platform, run: Run, version: PublishedVersion) -> Run:
    """Starts an admitted run on the host; repeating it after a crash starts nothing twice."""
    try:
        execution_id = await platform.host.start(version.machine_id, run.run_id, machine_input(run))
    except HostRejected as error:
        failed = RunError(type(error).__name__, str(error))
        return finish_run(platform, run, RunStatus.FAILED, failed)
    reason = platform.store.runs.set_execution(run.tenant_id, run.run_id, execution_id)
    if reason is not None:
        await platform.host.cancel(execution_id, "Cancelled", reason)
    return replace(run, execution_id=execution_id)


def machine_input(run: Run) -> JsonObject:
    """What a state machine of ours starts with; the same for the same run."""
    trigger = run.trigger
    return {
        "run": {
            "id": run.run_id,
            "workflow": run.workflow_id,
            "tenant": run.tenant_id,
            "started_at": iso(run.started_at or run.created_at),
        },
        "trigger": {
            "node": trigger.node,
            "type": trigger.type,
            "data": trigger.data,
            "headers": trigger.headers,
            "query": trigger.query,
            "method": trigger.method,
            "timestamp": iso(trigger.timestamp),
        },
    }
