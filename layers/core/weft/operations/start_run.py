"""Start a run of a published version: durably stored, and started if a slot is free."""

import uuid
from dataclasses import replace

from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict, PayloadTooLarge
from weft.domain.run import Run, RunStatus, Trigger
from weft.operations.admit_runs import admit_new, machine_input
from weft.operations.claims import shown_run
from weft.operations.payloads import MAX_PAYLOAD, size_of
from weft.operations.platform import Platform
from weft.operations.run_inputs import require_inputs
from weft.operations.triggers import chosen_trigger

_NAMESPACE = uuid.UUID("0b6f3c1e-7f0a-4c55-9a53-6f7f2f3f8a11")


async def start_run(
    platform: Platform,
    caller: Caller,
    workflow_id: str,
    trigger: Trigger,
    *,
    version: int | None = None,
    idempotency_key: str | None = None,
) -> Run:
    """The run, `running` or, above the workflow's concurrency limit, `pending` in the queue.

    `version` None: the live one. The same idempotency key gives the same run, started once.
    Raises `NotFound`; `Conflict` if the workflow is archived, was never published, or is not
    active and the caller is not a person; `Invalid` if the version has no such trigger, or asks
    for inputs that the trigger's data does not have; `PayloadTooLarge` for a trigger over 256 KiB.
    """
    caller.require(Role.EDITOR, Scope.RUNS_WRITE)
    workflow = platform.store.workflows.standing(caller.tenant_id, workflow_id)
    number = version if version is not None else workflow.published_version
    if workflow.archived:
        raise Conflict("this workflow is archived; restore it first")
    if number is None:
        raise Conflict("this workflow has never been published; publish it first")
    if not workflow.active and caller.via != "session":
        raise Conflict("this workflow is not active; activate it first")
    run_id = platform.new_id()
    if idempotency_key is not None:
        scope = f"{caller.tenant_id}/{workflow_id}/{idempotency_key}"
        run_id = str(uuid.uuid5(_NAMESPACE, scope))
        known = platform.store.runs.find(run_id)
        if known is not None:
            return shown_run(platform, known)
    live = platform.store.workflows.get_version(caller.tenant_id, workflow_id, number)
    node = chosen_trigger(platform.catalogue, live, trigger.node, trigger.type)
    require_inputs(live, node, trigger.data)
    now = platform.now()
    run = Run(
        tenant_id=caller.tenant_id,
        run_id=run_id,
        workflow_id=workflow_id,
        version=number,
        status=RunStatus.PENDING,
        trigger=replace(trigger, node=node, timestamp=trigger.timestamp or now),
        triggered_by=caller.user_id,
        created_at=now,
    )
    if size_of(machine_input(run)) > MAX_PAYLOAD:
        raise PayloadTooLarge("what starts a run has at most 256 KiB; pass an address of the data")
    return await admit_new(platform, run, live)
