"""End a run that the host knows nothing of: cancelled in the queue, or refused at the start."""

from dataclasses import replace

from weft.domain.run import Run, RunError, RunStatus
from weft.domain.run_event import EventType, RunEvent
from weft.operations.platform import Platform

_EVENT = {
    RunStatus.CANCELLED: EventType.RUN_CANCELLED,
    RunStatus.FAILED: EventType.RUN_FAILED,
}


def finish_run(
    platform: Platform, run: Run, status: RunStatus, error: RunError | None = None
) -> Run:
    """The ended run with its closing event, stored and announced."""
    now = platform.now()
    ended = replace(
        run,
        status=status,
        error=error,
        finished_at=now,
        active_since=None,
        last_seq=run.last_seq + 1,
    )
    data = {} if error is None else {"error": {"type": error.type, "message": error.message}}
    event = RunEvent(run.tenant_id, run.run_id, ended.last_seq, _EVENT[status], now, data=data)
    platform.store.runs.save_progress(ended, (), (event,), ())
    platform.bus.publish((event,))
    return ended
