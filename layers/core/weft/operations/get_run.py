"""Read runs and what happened in them."""

import asyncio
from collections.abc import Sequence

from weft.domain.caller import Caller, Role, Scope
from weft.domain.page import Page, PageRequest
from weft.domain.run import LogLine, Run, Step
from weft.domain.run_event import RunEvent
from weft.operations.claims import claims_something, shown_run, shown_steps
from weft.operations.compilation import published_flow
from weft.operations.platform import Platform
from weft.operations.step_inputs import with_inputs
from weft.ports.runs import RunFilter

MAX_EVENTS = 1_000


async def get_run(platform: Platform, caller: Caller, run_id: str) -> Run:
    """With what it came to. Raises `NotFound`, for another tenant's run too."""
    run = _stored(platform, caller, run_id)
    if not run.status.ended or not claims_something(run):
        return run
    return await asyncio.to_thread(shown_run, platform, run)


async def list_runs(
    platform: Platform, caller: Caller, page: PageRequest, filter: RunFilter
) -> Page[Run]:
    """Newest first."""
    caller.require(Role.VIEWER, Scope.RUNS_READ)
    return platform.store.runs.list(caller.tenant_id, page, filter)


async def list_steps(platform: Platform, caller: Caller, run_id: str) -> Sequence[Step]:
    """In the order they started. Raises `NotFound` if there is no such run."""
    run = _stored(platform, caller, run_id)
    steps = platform.store.runs.list_steps(caller.tenant_id, run_id)
    version = platform.store.workflows.get_version(run.tenant_id, run.workflow_id, run.version)
    flow = published_flow(platform, run.tenant_id, version.graph)
    # A run may have ten thousand steps: nobody else has to wait while they are worked out.
    return await asyncio.to_thread(
        lambda: shown_steps(platform, run, with_inputs(flow, run, steps))
    )


async def list_events(
    platform: Platform, caller: Caller, run_id: str, *, after: int = 0, limit: int = MAX_EVENTS
) -> Sequence[RunEvent]:
    """Events with `seq > after`, at most 1,000. Raises `NotFound` if there is no such run.

    A large value in one stays a claim: the step and the run have it.
    """
    _stored(platform, caller, run_id)
    size = max(1, min(limit, MAX_EVENTS))
    return platform.store.runs.list_events(caller.tenant_id, run_id, after, size)


async def list_logs(
    platform: Platform, caller: Caller, run_id: str, page: PageRequest
) -> Page[LogLine]:
    """In order. Raises `NotFound` if there is no such run."""
    _stored(platform, caller, run_id)
    return platform.store.runs.list_logs(caller.tenant_id, run_id, page)


def _stored(platform: Platform, caller: Caller, run_id: str) -> Run:
    """As it is stored: claims are claims."""
    caller.require(Role.VIEWER, Scope.RUNS_READ)
    return platform.store.runs.get(caller.tenant_id, run_id)
