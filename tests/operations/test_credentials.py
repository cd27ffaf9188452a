"""Credentials are sealed, and opened only for the step that names them (rule 8)."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.caller import Caller, Role
from weft.domain.credential import Credential, NewCredential
from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound, StepRefused
from weft.operations.credentials import (
    add_credential,
    list_credentials,
    remove_credential,
    test_credential,
)
from weft.operations.get_workflow import get_workflow
from weft.operations.resolve_secrets import SecretRequest, resolve_secrets
from weft.operations.validate_graph import validate_graph

test_credential.__test__ = False  # type: ignore[attr-defined] # an operation, not a test

SECRET = "sk-1234567890"


async def added(house: Any, **changes: Any) -> Credential:
    new = NewCredential("API", "key", {"token": SECRET})
    return await add_credential(house.platform, house.caller, replace(new, **changes))


async def test_a_credential_is_sealed_and_never_shown(house: Any) -> None:
    made = await added(house)
    assert made.allowed_hosts == ("api.example.com",)
    assert SECRET not in repr(await list_credentials(house.platform, house.caller))
    for file in (house.folder / "data").rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    checked = await test_credential(house.platform, house.caller, made.credential_id)
    assert checked.ok


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"values": {}}, "'token' is missing"),
        ({"values": {"token": "x", "extra": SECRET}}, "no field 'extra'"),
        ({"allowed_hosts": ("*",)}, "is not a host"),
        ({"allowed_hosts": ("https://api.example.com/x",)}, "is not a host"),
        ({"type": "nothing"}, "no credential type 'nothing'"),
    ],
)
async def test_what_does_not_fit_its_type_is_refused(
    house: Any, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        await added(house, **changes)
    assert SECRET not in str(caught.value)


async def test_hosts_may_be_wild_below_a_name_and_carry_a_port(house: Any) -> None:
    made = await added(house, allowed_hosts=("*.Example.com", "10.0.0.7:8080"))
    assert made.allowed_hosts == ("*.example.com", "10.0.0.7:8080")


async def test_names_are_unique_and_only_admins_add(house: Any) -> None:
    await added(house)
    with pytest.raises(Conflict, match="'API'"):
        await added(house)
    editor = Caller(house.caller.tenant_id, "e", Role.EDITOR, "session")
    with pytest.raises(Forbidden):
        await add_credential(house.platform, editor, NewCredential("B", "key", {"token": "x"}))


async def test_a_running_step_gets_what_its_node_names_and_nothing_else(house: Any) -> None:
    made = await added(house)
    other = await added(house, name="Other")
    opened: list[Any] = []

    async def use(payload: dict[str, Any]) -> Any:
        request = SecretRequest(payload["tenant_id"], payload["run_id"], "c", payload["credential"])
        opened.append(await resolve_secrets(house.platform, request))
        for wrong in (
            replace(request, credential_id=other.credential_id),
            replace(request, node_id="t"),
            replace(request, tenant_id="another"),
            replace(request, run_id="another"),
        ):
            with pytest.raises(StepRefused):
                await resolve_secrets(house.platform, wrong)
        return {"outputs": {"output": None}}

    house.handlers["c"] = use
    document = house.graph(
        ("t", "manual_trigger"), ("c", "call", {"credential": made.credential_id}), edges="t>c"
    )
    run = await house.end(await house.start(document))
    assert run.status == "completed", run.error
    assert opened[0].values == {"token": SECRET}
    assert opened[0].allowed_hosts == ("api.example.com",)
    assert SECRET not in repr(opened[0])
    late = SecretRequest(run.tenant_id, run.run_id, "c", made.credential_id)
    with pytest.raises(StepRefused, match="has ended"):
        await resolve_secrets(house.platform, late)
    with pytest.raises(Conflict, match="used by test"):
        await remove_credential(house.platform, house.caller, made.credential_id)
    await remove_credential(house.platform, house.caller, other.credential_id)
    with pytest.raises(NotFound):
        await test_credential(house.platform, house.caller, other.credential_id)


async def test_a_graph_may_name_a_credential_by_its_name(house: Any) -> None:
    made = await added(house, name="billing")
    document = house.graph(
        ("t", "manual_trigger"), ("c", "call", {"credential": "billing"}), edges="t>c"
    )
    assert await validate_graph(house.platform, house.caller, document) == ()
    workflow, version = await house.publish(document)
    assert version.graph["nodes"][1]["config"]["credential"] == made.credential_id
    draft = await get_workflow(house.platform, house.caller, workflow.workflow_id)
    assert draft.graph["nodes"][1]["config"]["credential"] == "billing"
    with pytest.raises(Conflict, match="test"):
        await remove_credential(house.platform, house.caller, made.credential_id)


async def test_an_id_goes_before_a_name(house: Any) -> None:
    first = await added(house, name="first")
    await added(house, name=first.credential_id)
    document = house.graph(("t", "manual_trigger"), ("c", "call", {"credential": "first"}))
    _, version = await house.publish(document)
    assert version.graph["nodes"][1]["config"]["credential"] == first.credential_id
    by_id = house.graph(("t", "manual_trigger"), ("c", "call", {"credential": first.credential_id}))
    _, version = await house.publish(by_id)
    assert version.graph["nodes"][1]["config"]["credential"] == first.credential_id


async def test_a_name_that_no_credential_has_is_a_problem_at_its_node(house: Any) -> None:
    await added(house, name="billing")
    document = house.graph(("t", "manual_trigger"), ("c", "call", {"credential": "biling"}))
    told = await validate_graph(house.platform, house.caller, document)
    assert [(d.code, d.node) for d in told if d.code.startswith("W3")] == [("W3011", "c")]
