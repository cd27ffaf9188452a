"""Drafts, publishing and archiving."""

from typing import Any

import pytest

from weft.compiler.artefact import Artefact
from weft.domain.caller import Caller, Role, Scope
from weft.domain.errors import Bug, CompileError, Conflict, Forbidden, Invalid, NotFound
from weft.domain.page import PageRequest
from weft.operations.activate_workflow import activate_workflow, deactivate_workflow
from weft.operations.archive_workflow import archive_workflow, restore_workflow
from weft.operations.create_workflow import create_workflow
from weft.operations.get_workflow import get_workflow, list_triggers, list_versions
from weft.operations.list_workflows import list_workflows
from weft.operations.publish_workflow import publish_workflow
from weft.operations.update_workflow import update_workflow
from weft.operations.validate_graph import validate_graph
from weft.validation.prove import Proof


def simple(house: Any, value: Any = 1) -> dict[str, Any]:
    made: dict[str, Any] = house.graph(
        ("t", "manual_trigger"), ("s", "set", {"value": value}), edges="t>s"
    )
    return made


async def test_a_draft_may_be_wrong_but_not_malformed(house: Any) -> None:
    loose = house.graph(("x", "no_such_type"))
    made = await create_workflow(house.platform, house.caller, "loose", graph=loose)
    assert made.graph["nodes"] == loose["nodes"]
    with pytest.raises(Invalid, match=r"nodes\.0\.id"):
        await create_workflow(
            house.platform, house.caller, "bad", graph={"nodes": [{"id": "1 x", "type": "set"}]}
        )
    with pytest.raises(Invalid, match="tenant"):
        await create_workflow(house.platform, house.caller, "bad", graph={"tenant": "other"})


async def test_saving_over_somebody_elses_change_is_a_conflict(house: Any) -> None:
    made = await create_workflow(house.platform, house.caller, "one")
    saved = await update_workflow(house.platform, house.caller, made.workflow_id, 1, name="two")
    assert (saved.revision, saved.name, saved.graph["name"]) == (2, "two", "two")
    with pytest.raises(Conflict):
        await update_workflow(house.platform, house.caller, made.workflow_id, 1, name="three")


async def test_publishing_numbers_versions_and_keeps_old_ones(house: Any) -> None:
    workflow, first = await house.publish(simple(house))
    await update_workflow(
        house.platform, house.caller, workflow.workflow_id, 1, graph=simple(house, 2)
    )
    second = await publish_workflow(
        house.platform, house.caller, workflow.workflow_id, change_message="two"
    )
    versions = await list_versions(house.platform, house.caller, workflow.workflow_id)
    assert [(v.version, v.revision, v.change_message) for v in versions] == [
        (2, 2, "two"),
        (1, 1, ""),
    ]
    assert first.machine_id != second.machine_id
    back = await activate_workflow(house.platform, house.caller, workflow.workflow_id, version=1)
    assert back.published_version == 1
    run = await house.end(await house.again(workflow.workflow_id))
    assert (run.version, run.output) == (1, {"s": 1})


async def test_publishing_what_is_live_already_makes_no_version(house: Any) -> None:
    workflow, first = await house.publish(simple(house))
    await deactivate_workflow(house.platform, house.caller, workflow.workflow_id)
    again = await publish_workflow(house.platform, house.caller, workflow.workflow_id)
    assert again == first
    found = await get_workflow(house.platform, house.caller, workflow.workflow_id)
    assert (found.published_version, found.active) == (1, True)
    states = await publish_workflow(
        house.platform, house.caller, workflow.workflow_id, optimise=False
    )
    assert states.version == 2


async def test_what_starts_runs_is_listed_while_it_does(house: Any) -> None:
    document = house.graph(("t", "manual_trigger"), ("h", "webhook_trigger", {"path": "orders"}))
    made = await create_workflow(house.platform, house.caller, "x", graph=document)
    assert await list_triggers(house.platform, house.caller, made.workflow_id) == ()
    await publish_workflow(house.platform, house.caller, made.workflow_id)
    found = await list_triggers(house.platform, house.caller, made.workflow_id)
    assert [(t.node_id, t.path) for t in found] == [("t", ""), ("h", "orders")]
    await deactivate_workflow(house.platform, house.caller, made.workflow_id)
    assert await list_triggers(house.platform, house.caller, made.workflow_id) == ()


async def test_publishing_lists_every_problem_and_changes_nothing(house: Any) -> None:
    bad = house.graph(("t", "manual_trigger"), ("x", "no_such_type"), ("y", "nor_this"))
    made = await create_workflow(house.platform, house.caller, "bad", graph=bad)
    with pytest.raises(CompileError) as caught:
        await publish_workflow(house.platform, house.caller, made.workflow_id)
    assert {d.node for d in caught.value.diagnostics} >= {"x", "y"}
    found = await get_workflow(house.platform, house.caller, made.workflow_id)
    assert (found.published_version, found.active) == (None, False)
    told = await validate_graph(house.platform, house.caller, bad)
    assert {d.node for d in told} >= {"x", "y"}
    assert await validate_graph(house.platform, house.caller, simple(house)) == ()


async def test_publishing_a_draft_one_has_not_seen_is_a_conflict(house: Any) -> None:
    made = await create_workflow(house.platform, house.caller, "x", graph=simple(house))
    with pytest.raises(Conflict, match="revision 1, not 7"):
        await publish_workflow(house.platform, house.caller, made.workflow_id, revision=7)


async def test_a_publish_that_died_half_way_does_not_stand_in_the_way(house: Any) -> None:
    made = await create_workflow(house.platform, house.caller, "x", graph=simple(house))
    with pytest.raises(house.dead):
        await publish_workflow(
            house.dying("store", "workflows.add_version"), house.caller, made.workflow_id
        )
    await update_workflow(house.platform, house.caller, made.workflow_id, 1, graph=simple(house, 9))
    version = await publish_workflow(house.platform, house.caller, made.workflow_id)
    assert version.version == 1
    assert (await house.end(await house.again(made.workflow_id))).output == {"s": 9}


async def test_triggers_are_found_while_the_workflow_is_active(house: Any) -> None:
    document = house.graph(
        ("h", "webhook_trigger", {"path": "/orders/"}), ("r", "result"), edges="h>r"
    )
    workflow, _ = await house.publish(document)
    find = house.platform.store.workflows.find_webhooks
    [binding] = find(workflow.workflow_id)
    assert (binding.node_id, binding.path, binding.version) == ("h", "orders", 1)
    await deactivate_workflow(house.platform, house.caller, workflow.workflow_id)
    assert find(workflow.workflow_id) == []
    await activate_workflow(house.platform, house.caller, workflow.workflow_id)
    assert len(find(workflow.workflow_id)) == 1
    await archive_workflow(house.platform, house.caller, workflow.workflow_id)
    assert find(workflow.workflow_id) == []


async def test_an_archived_workflow_starts_nothing_until_it_is_restored(house: Any) -> None:
    workflow, _ = await house.publish(simple(house))
    await archive_workflow(house.platform, house.caller, workflow.workflow_id)
    with pytest.raises(Conflict, match="archived"):
        await house.again(workflow.workflow_id)
    page = await list_workflows(house.platform, house.caller, PageRequest())
    assert page.items == ()
    restored = await restore_workflow(house.platform, house.caller, workflow.workflow_id)
    assert (restored.archived, restored.active) == (False, False)


async def test_roles_and_scopes_are_checked(house: Any) -> None:
    tenant = house.caller.tenant_id
    viewer = Caller(tenant, "v", Role.VIEWER, "session")
    with pytest.raises(Forbidden, match="needs the role editor"):
        await create_workflow(house.platform, viewer, "x")
    reader = Caller(tenant, "k", Role.OWNER, "api_key", frozenset({Scope.WORKFLOWS_READ}))
    with pytest.raises(Forbidden, match="workflows:write"):
        await create_workflow(house.platform, reader, "x")
    assert (await list_workflows(house.platform, reader, PageRequest())).items == ()


async def test_another_tenant_finds_nothing(house: Any) -> None:
    workflow, _ = await house.publish(simple(house))
    stranger = Caller("other", "u", Role.OWNER, "session")
    for attempt in (
        get_workflow(house.platform, stranger, workflow.workflow_id),
        update_workflow(house.platform, stranger, workflow.workflow_id, 1, name="x"),
        publish_workflow(house.platform, stranger, workflow.workflow_id),
        archive_workflow(house.platform, stranger, workflow.workflow_id),
        list_versions(house.platform, stranger, workflow.workflow_id),
        activate_workflow(house.platform, stranger, workflow.workflow_id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_an_artefact_that_fails_its_simulation_is_never_published(house: Any) -> None:
    seen: list[Artefact] = []

    async def refute(artefact: Artefact) -> Proof:
        seen.append(artefact)
        raise Bug("compiled to something else, seen with seed 3")

    made = await create_workflow(house.platform, house.caller, "w", graph=simple(house))
    with pytest.raises(Bug, match="seed 3"):
        await publish_workflow(house.platform, house.caller, made.workflow_id, prover=refute)
    found = await get_workflow(house.platform, house.caller, made.workflow_id)
    assert (found.published_version, found.active) == (None, False)
    assert not await list_versions(house.platform, house.caller, made.workflow_id)
    assert len(seen) == 1
    version = await publish_workflow(house.platform, house.caller, made.workflow_id)
    assert version.version == 1
