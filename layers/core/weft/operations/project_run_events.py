"""Turn what the host reports of a run into its stored steps, events and status (EX-12, ST-03)."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from weft.domain.approval import ApprovalStatus
from weft.domain.run import Run, RunStatus, Totals
from weft.operations.admit_runs import machine_input
from weft.operations.compilation import published_flow
from weft.operations.platform import Platform
from weft.operations.projection import Progress, Projection
from weft.operations.run_plan import Plan
from weft.ports.machines import HistoryEvent

_MAX_PLANS = 256


class Plans:
    """The plans of the versions in use, made once each."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str, int], Plan] = OrderedDict()

    def of(self, platform: Platform, run: Run) -> Plan:
        """The plan of the run's version."""
        key = (run.tenant_id, run.workflow_id, run.version)
        plan = self._held.get(key)
        if plan is None:
            version = platform.store.workflows.get_version(*key)
            flow = published_flow(platform, run.tenant_id, version.graph)
            plan = self._held[key] = Plan.of(flow, version.source_map)
            if len(self._held) > _MAX_PLANS:
                self._held.popitem(last=False)
        return plan


def projection_of(platform: Platform, plans: Plans, run: Run) -> Projection:
    """A projection that has seen nothing yet, to be fed the run's history from its first event."""
    blank = replace(
        run,
        status=RunStatus.RUNNING,
        output=None,
        response=None,
        error=None,
        finished_at=None,
        active_ms=0,
        active_since=run.started_at,
        last_seq=0,
        totals=Totals(),
    )
    return Projection(blank, plans.of(platform, run), machine_input(run))


def store_progress(platform: Platform, projection: Projection) -> Progress:
    """Stores and announces what is new; withdraws approvals that nobody waits for any more."""
    progress = projection.take()
    run = progress.run
    with platform.store.transaction():
        platform.store.runs.save_progress(run, progress.steps, progress.events, progress.logs)
        if run.status.ended and projection.plan.effects:  # nothing else asks a person
            withdraw_approvals(platform, run)
    platform.bus.publish(progress.events)
    return progress


def withdraw_approvals(platform: Platform, run: Run) -> None:
    """An approval of a run that has ended can no longer be decided."""
    for approval in platform.store.approvals.of_run(run.tenant_id, run.run_id):
        if approval.status is ApprovalStatus.PENDING:
            withdrawn = replace(approval, status=ApprovalStatus.CANCELLED)
            platform.store.approvals.change(withdrawn, expected=ApprovalStatus.PENDING)


def project_run_events(
    platform: Platform, projection: Projection, events: Sequence[HistoryEvent]
) -> bool:
    """Takes a batch of history; False if events before it are missing, then nothing is stored."""
    if not projection.feed(events):
        return False
    store_progress(platform, projection)
    return True
