"""Claims of a run, for its steps and for who looks at it."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.claim import CLAIM, NO_CLAIM
from weft.domain.errors import NotFound, PermanentStepError
from weft.domain.run import RunStatus, Trigger
from weft.operations.claims import claims_of, shown_run
from weft.operations.get_run import get_run, list_events, list_steps
from weft.operations.start_run import start_run

VALUE = {"id": 7, "text": "x" * 300_000}


def passing(house: Any) -> dict[str, Any]:
    """`a` gives what `b` is given; `b` gives what it is told to."""
    house.handlers["a"] = lambda payload: kept(house, payload)
    document: dict[str, Any] = house.graph(
        ("t", "manual_trigger"), ("a", "call"),
        ("b", "call", {"value": "{{ a }}"}), ("r", "result"),
        edges="t>a a>b b>r",
    )  # fmt: skip
    return document


async def kept(house: Any, payload: dict[str, Any]) -> dict[str, Any]:
    """As a runner does with what may be claimed."""
    assert payload["claims"] == {"output": {}}
    return {"outputs": {"output": {CLAIM: await house.desk.keep_claim(payload, VALUE)}}}


async def test_a_run_carries_claims_and_shows_values(house: Any) -> None:
    run = await house.end(await house.start(passing(house)))
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"r": VALUE}
    assert house.calls[1]["config"]["value"].keys() == {CLAIM}
    assert house.run(run).output["r"].keys() == {CLAIM}
    shown = {
        step.node_id: step for step in await list_steps(house.platform, house.caller, run.run_id)
    }
    assert shown["a"].output == shown["b"].input["input"] == shown["b"].output == VALUE


async def test_what_answers_a_webhook_is_the_value(house: Any) -> None:
    run = house.run(await house.end(await house.start(passing(house))))
    answered = replace(run, response={"status": 200, "body": [run.output["r"]]})
    assert shown_run(house.platform, answered).response == {"status": 200, "body": [VALUE]}


async def test_its_events_stay_small(house: Any) -> None:
    run = await house.end(await house.start(passing(house)))
    events = await list_events(house.platform, house.caller, run.run_id)
    assert "x" * 1_000 not in repr(events)


async def test_a_start_that_was_made_before_shows_what_came_of_it(house: Any) -> None:
    workflow, _ = await house.publish(passing(house))
    asked = (house.platform, house.caller, workflow.workflow_id, Trigger())
    run = await house.end(await start_run(*asked, idempotency_key="k"))
    again = await start_run(*asked, idempotency_key="k")
    assert (again.run_id, again.output) == (run.run_id, {"r": VALUE})


async def test_what_is_gone_is_shown_as_the_claim_it_was(house: Any) -> None:
    run = await house.end(await house.start(passing(house)))
    house.platform.claims.forget(run.tenant_id, run.run_id)
    shown = await get_run(house.platform, house.caller, run.run_id)
    assert shown.output["r"].keys() == {CLAIM}
    claims = claims_of(house.platform, run.tenant_id, run.run_id)
    with pytest.raises(PermanentStepError, match="gone"):
        claims.fetch(shown.output["r"][CLAIM])


async def test_another_tenant_gets_neither_the_run_nor_what_it_claims(house: Any) -> None:
    run = await house.end(await house.start(passing(house)))
    text = house.run(run).output["r"][CLAIM]
    assert claims_of(house.platform, "other", run.run_id).fetch(text) is NO_CLAIM
    assert claims_of(house.platform, run.tenant_id, "other").fetch(text) is NO_CLAIM
    other = type(house.caller)("other", "u", house.caller.role, "session")
    with pytest.raises(NotFound):
        await get_run(house.platform, other, run.run_id)


async def test_a_damaged_value_is_not_given_to_a_step(house: Any) -> None:
    run = await house.end(await house.start(passing(house)))
    text = house.run(run).output["r"][CLAIM]
    (path,) = [p for p in (house.home / "claims").rglob("*") if p.is_file()]
    path.write_bytes(b'{"id": 8}')
    with pytest.raises(PermanentStepError, match="damaged"):
        claims_of(house.platform, run.tenant_id, run.run_id).fetch(text)


@pytest.mark.parametrize("value", [2**70, "\ud800", [[[]]], {"\ud800": 1.5}, None])
async def test_any_json_is_given_back_as_it_was(house: Any, value: Any) -> None:
    claims = claims_of(house.platform, "t", "r")
    assert claims.fetch(claims.keep(value)) == value
