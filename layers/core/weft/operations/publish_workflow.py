"""Compile a draft and make it the version that triggers and runs use."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from weft.compiler.artefact import Artefact
from weft.compiler.options import OPTIMAL, UNOPTIMISED
from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Conflict
from weft.domain.workflow import PublishedVersion
from weft.operations.activate_workflow import activate_workflow
from weft.operations.compilation import as_published, compiled
from weft.operations.platform import Platform
from weft.operations.triggers import bindings_of
from weft.validation.prove import Proof, prove


async def publish_workflow(
    platform: Platform,
    caller: Caller,
    workflow_id: str,
    *,
    revision: int | None = None,
    change_message: str = "",
    optimise: bool = True,
    futures: int = 0,
    prover: Callable[[Artefact], Awaitable[Proof]] = prove,
) -> PublishedVersion:
    """The new version; it is active at once.

    `revision`: the draft that the person looked at; `Conflict` if it has changed since.
    Raises `CompileError` with all problems of the draft, `HostRejected` if the host refuses it,
    `Bug` if `prover` finds that the artefact does something else than the graph means.
    `optimise=False` gives every node a state of its own. `futures`: at most so many.
    Publishing a draft that equals the published version returns that version.
    """
    caller.require(Role.EDITOR, Scope.WORKFLOWS_WRITE)
    workflows = platform.store.workflows
    workflow = workflows.get(caller.tenant_id, workflow_id)
    if workflow.archived:
        raise Conflict("this workflow is archived; restore it before publishing")
    if revision is not None and revision != workflow.revision:
        raise Conflict(
            f"the draft has changed: it is at revision {workflow.revision}, not {revision}"
        )
    graph = as_published(platform, caller.tenant_id, workflow.graph)
    options = replace(OPTIMAL if optimise else UNOPTIMISED, futures=futures)
    artefact = compiled(platform, caller.tenant_id, graph, workflow_id=workflow_id, options=options)
    number = 1
    if workflow.published_version is not None:
        live = workflows.get_version(caller.tenant_id, workflow_id, workflow.published_version)
        if (live.hash, live.graph) == (artefact.hash, graph):
            if not workflow.active:
                await activate_workflow(platform, caller, workflow_id)
            return live
        number = workflows.list_versions(caller.tenant_id, workflow_id)[0].version + 1
    await prover(artefact)
    # The hash keeps a publish that died half-way from standing in the way of the next one.
    name = f"{workflow_id}-v{number}-{artefact.hash[:12]}"
    machine_id = await platform.host.publish(name, artefact.definition, artefact.children)
    version = PublishedVersion(
        tenant_id=caller.tenant_id,
        workflow_id=workflow_id,
        version=number,
        revision=workflow.revision,
        graph=graph,
        definition=dict(artefact.definition),
        source_map=dict(artefact.source_map),
        manifest=dict(artefact.manifest),
        hash=artefact.hash,
        machine_id=machine_id,
        created_at=platform.now(),
        created_by=caller.user_id,
        change_message=change_message,
        children={name: child.as_json() for name, child in artefact.children.items()},
    )
    with platform.store.transaction():
        # Read again: the draft may have been saved while the host was busy, which is fine.
        latest = workflows.get(caller.tenant_id, workflow_id)
        workflows.add_version(version)
        workflows.save(
            replace(latest, published_version=number, active=True),
            expected_revision=latest.revision,
        )
        workflows.set_triggers(
            caller.tenant_id, workflow_id, bindings_of(platform.catalogue, version)
        )
    return version
