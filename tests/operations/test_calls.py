"""Workflows that run other workflows: what is pinned, what is shown of a run, who may call whom."""

from typing import Any

import pytest

from weft.domain.credential import NewCredential
from weft.domain.errors import CompileError, Conflict, StepRefused
from weft.operations.activate_workflow import deactivate_workflow
from weft.operations.credentials import add_credential, remove_credential
from weft.operations.get_run import list_steps
from weft.operations.publish_workflow import publish_workflow
from weft.operations.resolve_secrets import SecretRequest, resolve_secrets
from weft.operations.update_workflow import update_workflow
from weft.operations.validate_graph import validate_graph


def callee(house: Any, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = house.graph(("t", "by_call"), ("c", "call", value), edges="t>c")
    return made


def caller(house: Any, workflow_id: str, **config: Any) -> dict[str, Any]:
    call = {"workflow": workflow_id, "inputs": {"n": 1}, **config}
    made: dict[str, Any] = house.graph(
        ("t", "manual_trigger"), ("run", "run_workflow", call), edges="t>run"
    )
    return made


async def test_a_published_version_keeps_the_version_that_it_calls(house: Any) -> None:
    inner, _ = await house.publish(callee(house, {"value": "old"}))
    outer, first = await house.publish(caller(house, inner.workflow_id))
    assert first.graph["nodes"][1]["config"]["version"] == 1
    assert first.manifest["calls"] == {"run": {"workflow": inner.workflow_id, "version": 1}}
    before = await house.end(await house.again(outer.workflow_id))

    new = callee(house, {"value": "new"})
    await update_workflow(house.platform, house.caller, inner.workflow_id, 1, graph=new)
    await publish_workflow(house.platform, house.caller, inner.workflow_id)
    after = await house.end(await house.again(outer.workflow_id))
    assert before.output == after.output == {"run": {"c": "old"}}

    second = await publish_workflow(house.platform, house.caller, outer.workflow_id)
    assert (second.version, second.manifest["calls"]["run"]["version"]) == (2, 2)
    now = await house.end(await house.again(outer.workflow_id))
    assert now.output == {"run": {"c": "new"}}
    assert (await publish_workflow(house.platform, house.caller, outer.workflow_id)) == second


async def test_the_draft_still_asks_for_what_is_live(house: Any) -> None:
    inner, _ = await house.publish(callee(house, {}))
    outer, _ = await house.publish(caller(house, inner.workflow_id))
    draft = house.platform.store.workflows.get(house.caller.tenant_id, outer.workflow_id)
    assert "version" not in draft.graph["nodes"][1]["config"]


async def test_a_version_that_is_named_is_the_one_that_runs(house: Any) -> None:
    inner, _ = await house.publish(callee(house, {"value": "old"}))
    new = callee(house, {"value": "new"})
    await update_workflow(house.platform, house.caller, inner.workflow_id, 1, graph=new)
    await publish_workflow(house.platform, house.caller, inner.workflow_id)
    run = await house.end(await house.start(caller(house, inner.workflow_id, version=1)))
    assert run.output == {"run": {"c": "old"}}


async def test_the_steps_of_what_is_called_are_steps_of_the_run(house: Any) -> None:
    inner, _ = await house.publish(callee(house, {"value": "{{trigger.data.n}}"}))
    run = await house.end(await house.start(caller(house, inner.workflow_id)))
    steps = house.steps(run)
    assert {name: step.output for name, step in steps.items() if name != "t"} == {
        "run.t": {"n": 1}, "run.c": 1, "run": {"c": 1},
    }  # fmt: skip
    found = {s.node_id: s.input for s in await list_steps(house.platform, house.caller, run.run_id)}
    assert found["run.c"] == {"input": {"n": 1}}


async def test_a_call_that_fails_is_shown_where_it_failed(house: Any) -> None:
    inner, _ = await house.publish(callee(house, {}))

    def refuse(payload: Any) -> Any:
        raise house.refusal

    house.handlers["run.c"] = refuse
    document = caller(house, inner.workflow_id)
    run = await house.end(await house.start(document))
    assert (run.error.node, run.error.type) == ("run.c", "PermanentStepError")
    document["nodes"][1].update(on_error="continue", on_error_value="none")
    handled = await house.end(await house.start(document))
    assert handled.output == {"run": "none"}
    steps = house.steps(handled)
    assert (steps["run"].status, steps["run.c@0"].status) == ("error", "error")
    assert not any("~" in name for name in steps)


async def test_what_is_not_published_cannot_be_called(house: Any) -> None:
    told = await validate_graph(house.platform, house.caller, caller(house, "nobody"))
    assert [(d.code, d.node, d.port) for d in told] == [("W2040", "run", "workflow")]


async def test_workflows_do_not_call_each_other_in_a_circle(house: Any) -> None:
    first, _ = await house.publish(callee(house, {}))
    call = {"workflow": first.workflow_id}
    second, _ = await house.publish(
        house.graph(("t", "by_call"), ("run", "run_workflow", call), edges="t>run")
    )
    back = caller(house, second.workflow_id)
    await update_workflow(house.platform, house.caller, first.workflow_id, 1, graph=back)
    with pytest.raises(CompileError) as refused:
        await publish_workflow(house.platform, house.caller, first.workflow_id)
    assert [d.code for d in refused.value.diagnostics] == ["W2043"]


async def test_a_step_of_what_is_called_opens_its_own_credential_and_no_other(house: Any) -> None:
    new = [NewCredential(name, "key", {"token": name}) for name in ("first", "second")]
    made = [await add_credential(house.platform, house.caller, each) for each in new]
    inner, _ = await house.publish(callee(house, {"credential": "first"}))
    outer, _ = await house.publish(caller(house, inner.workflow_id))
    opened: list[str | None] = []

    async def ask(payload: Any) -> Any:
        for credential in made:
            request = SecretRequest(
                house.caller.tenant_id, payload["run_id"], "run.c", credential.credential_id
            )
            try:
                opened.append((await resolve_secrets(house.platform, request)).values["token"])
            except StepRefused:
                opened.append(None)
        return {"outputs": {"output": None}}

    house.handlers["run.c"] = ask
    await house.end(await house.again(outer.workflow_id))
    assert opened == ["first", None]
    await deactivate_workflow(house.platform, house.caller, inner.workflow_id)
    with pytest.raises(Conflict, match="used by test"):
        await remove_credential(house.platform, house.caller, made[0].credential_id)
