"""Stop a run (EX-07)."""

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict
from weft.domain.run import Run, RunStatus
from weft.operations.finish_run import finish_run
from weft.operations.platform import Platform

CANCELLED = "Cancelled"


async def cancel_run(platform: Platform, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """The run, already `cancelled` or about to be; its pending approvals are withdrawn.

    Raises `NotFound`, and `Conflict` if the run has ended.
    """
    caller.require(Role.EDITOR, Scope.RUNS_WRITE)
    runs = platform.store.runs
    run = runs.get(caller.tenant_id, run_id)
    if run.status.ended:
        raise Conflict(f"this run has already ended: {run.status.value}")
    if run.status is RunStatus.PENDING:
        return finish_run(platform, run, RunStatus.CANCELLED)
    # Noted first: should the process die now, recovery asks the host again.
    runs.request_cancel(run.tenant_id, run_id, reason or f"cancelled by {caller.user_id}")
    if run.execution_id is not None:
        await platform.host.cancel(run.execution_id, CANCELLED, reason)
    return runs.get(caller.tenant_id, run_id)
