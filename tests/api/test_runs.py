"""Starting runs, waiting for them, looking into them, stopping them, deciding in them."""

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from weft.domain.approval import ApprovalStatus
from weft.domain.caller import Scope
from weft.domain.run_event import EventType

if TYPE_CHECKING:
    from tests.api.conftest import Person, World

API = "/api/v1"


async def _execute(
    client: httpx.AsyncClient, headers: dict[str, str], workflow_id: str, **body: Any
) -> httpx.Response:
    return await client.post(f"{API}/workflows/{workflow_id}/execute", headers=headers, json=body)


async def test_a_start_answers_at_once_with_where_to_look(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    reply = await _execute(client, ada.headers, flow.workflow_id, input={"a": 1})
    assert reply.status_code == 202
    run = reply.json()
    assert run["status"] == "running" and run["version"] == 1 and run["input"] == {"a": 1}
    assert reply.headers["location"] == f"{API}/runs/{run['id']}"
    assert world.host.started[0][1]["trigger"]["data"] == {"a": 1}
    read = await client.get(reply.headers["location"], headers=ada.headers)
    assert read.json()["trigger_node"] == "start"


async def test_a_waiting_start_gets_the_finished_run(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    world.completes(output={"end": 42})
    reply = await _execute(client, ada.headers, flow.workflow_id, wait=30)
    assert reply.status_code == 200
    assert reply.json()["status"] == "completed" and reply.json()["output"] == {"end": 42}


async def test_a_wait_that_is_too_short_gets_the_run_as_it_stands(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    reply = await _execute(client, ada.headers, flow.workflow_id, wait=0.02)
    assert reply.status_code == 202 and reply.json()["status"] == "running"


async def test_a_start_needs_no_body(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    path = f"{API}/workflows/{flow.workflow_id}/execute"
    assert (await client.post(path, headers=ada.headers)).status_code == 202


@pytest.mark.parametrize("wait", [-1, 61, "soon"])
async def test_a_wait_over_a_minute_is_refused(
    world: "World", client: httpx.AsyncClient, ada: "Person", wait: Any
) -> None:
    flow = await world.workflow(ada)
    reply = await _execute(client, ada.headers, flow.workflow_id, wait=wait)
    assert reply.status_code == 422 and world.host.started == []


async def test_the_same_idempotency_key_starts_one_run(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    path = f"{API}/workflows/{flow.workflow_id}/execute"
    headers = {**ada.headers, "idempotency-key": "order-7"}
    ids = {(await client.post(path, headers=headers, json={})).json()["id"] for _ in range(3)}
    by_body = await _execute(client, ada.headers, flow.workflow_id, idempotency_key="order-7")
    assert ids == {by_body.json()["id"]} and len(world.host.started) == 1


async def test_a_start_at_a_node_that_is_no_trigger_is_refused(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    reply = await _execute(client, ada.headers, flow.workflow_id, trigger="nowhere")
    assert reply.status_code == 400 and "nowhere" in reply.json()["detail"]


async def test_a_key_starts_only_what_is_active(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    key = {"x-api-key": (await world.key(ada, Scope.RUNS_WRITE)).token}
    assert (await _execute(client, key, flow.workflow_id)).status_code == 202
    status = f"{API}/workflows/{flow.workflow_id}/status"
    await client.put(status, headers=ada.headers, json={"active": False})
    refused = await _execute(client, key, flow.workflow_id)
    assert refused.status_code == 409 and "not active" in refused.json()["detail"]


async def test_a_key_that_may_not_read_runs_cannot_wait_for_one(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    flow = await world.workflow(ada)
    key = {"x-api-key": (await world.key(ada, Scope.RUNS_WRITE)).token}
    assert (await _execute(client, key, flow.workflow_id, wait=1)).status_code == 403
    assert world.host.started == []


async def test_runs_are_listed_by_workflow_and_status(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    one, other = await world.workflow(ada), await world.workflow(ada)
    done, open_ = await world.run(ada, one), await world.run(ada, one)
    await world.run(ada, other)
    world.emit(done.run_id, EventType.RUN_COMPLETED, output=1)

    async def ids(path: str, **params: Any) -> set[str]:
        reply = await client.get(f"{API}{path}", headers=ada.headers, params=params)
        return {item["id"] for item in reply.json()["items"]}

    assert len(await ids("/runs")) == 3
    here = f"/workflows/{one.workflow_id}/runs"
    assert await ids(here) == {done.run_id, open_.run_id}
    assert await ids(here, status="completed") == {done.run_id}
    assert await ids("/runs", status=["completed", "failed"]) == {done.run_id}
    assert await ids("/runs", workflow_id=one.workflow_id) == {done.run_id, open_.run_id}
    missing = await client.get(f"{API}/workflows/no/runs", headers=ada.headers)
    assert missing.status_code == 404


async def test_events_and_logs_are_read_behind_what_is_known(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    world.emit(run.run_id, EventType.RUN_STARTED)
    world.emit(run.run_id, EventType.STEP_STARTED, "a")
    world.emit(run.run_id, EventType.LOG, "a", level="info", message="hi")
    path = f"{API}/runs/{run.run_id}"
    events = (await client.get(f"{path}/events", headers=ada.headers)).json()["items"]
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert events[1]["type"] == "step.started" and events[1]["node_id"] == "a"
    assert events[1]["run_id"] == events[1]["execution_id"] == run.run_id
    assert events[1]["time"].endswith("Z")
    rest = await client.get(f"{path}/events", headers=ada.headers, params={"after": 2})
    assert [event["seq"] for event in rest.json()["items"]] == [3]
    logs = (await client.get(f"{path}/logs", headers=ada.headers)).json()["items"]
    assert [(line["node_id"], line["message"]) for line in logs] == [("a", "hi")]


async def test_a_run_is_stopped_once(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    path = f"{API}/runs/{run.run_id}/cancel"
    stopped = await client.post(path, headers=ada.headers, json={"reason": "wrong input"})
    assert stopped.status_code == 200 and stopped.json()["cancel_reason"] == "wrong input"
    assert world.host.cancelled == [run.run_id]
    world.emit(run.run_id, EventType.RUN_CANCELLED)
    again = await client.post(path, headers=ada.headers)
    assert again.status_code == 409


async def test_a_person_decides_and_the_run_goes_on(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    made = world.approval(run)
    inbox = (await client.get(f"{API}/approvals", headers=ada.headers)).json()["items"]
    assert [item["id"] for item in inbox] == [made.approval_id]
    path = f"{API}/approvals/{made.approval_id}"
    body = {"decision": "approved", "comment": "fine", "data": {"limit": 3}}
    reply = await client.post(f"{path}/respond", headers=ada.headers, json=body)
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "answered" and reply.json()["decision"] == "approved"
    assert reply.json()["decided_by"] == ada.user.user_id
    ((token, output),) = world.host.resumed
    assert token == "the-task-token" and output["decision"] == "approved"
    assert output["data"] == {"limit": 3}
    again = await client.post(f"{path}/respond", headers=ada.headers, json={"decision": "rejected"})
    assert again.status_code == 409 and len(world.host.resumed) == 1
    assert (await client.get(f"{API}/approvals", headers=ada.headers)).json()["items"] == []
    shown = await client.get(path, headers=ada.headers)
    assert "the-task-token" not in shown.text + reply.text


async def test_only_offered_choices_count(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = world.approval(
        await world.run(ada, await world.workflow(ada)), options=("approved", "later")
    )
    path = f"{API}/approvals/{made.approval_id}/respond"
    wrong = await client.post(path, headers=ada.headers, json={"decision": "rejected"})
    assert wrong.status_code == 400 and "later" in wrong.json()["detail"]
    own_word = await client.post(path, headers=ada.headers, json={"decision": "approved"})
    assert own_word.json()["decision"] == "approved"


async def test_a_key_decides_only_with_the_scope_for_it(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    made = world.approval(await world.run(ada, await world.workflow(ada)))
    path = f"{API}/approvals/{made.approval_id}/respond"
    usual = await world.key(ada, Scope.RUNS_READ, Scope.RUNS_WRITE, Scope.WORKFLOWS_WRITE)
    trusted = await world.key(ada, Scope.APPROVALS_DECIDE)
    body = {"decision": "rejected"}
    refused = await client.post(path, headers={"x-api-key": usual.token}, json=body)
    assert refused.status_code == 403 and world.host.resumed == []
    decided = await client.post(path, headers={"x-api-key": trusted.token}, json=body)
    assert decided.json()["decision"] == "rejected"


async def test_a_run_can_be_approved_by_its_own_id_while_one_question_is_open(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    path = f"{API}/executions/{run.run_id}/approve"
    none = await client.post(path, headers=ada.headers)
    assert none.status_code == 409
    first, second = world.approval(run), world.approval(run)
    two = await client.post(path, headers=ada.headers)
    assert two.status_code == 409 and first.approval_id in two.json()["detail"]
    named = {"approval_id": first.approval_id, "decision": "rejected"}
    assert (await client.post(path, headers=ada.headers, json=named)).status_code == 200
    last = await client.post(path, headers=ada.headers)
    assert last.json()["id"] == second.approval_id and last.json()["decision"] == "approved"


async def test_answered_questions_are_found_when_asked_for(
    world: "World", client: httpx.AsyncClient, ada: "Person"
) -> None:
    run = await world.run(ada, await world.workflow(ada))
    world.approval(run, status=ApprovalStatus.EXPIRED)
    params = {"status": "expired", "run_id": run.run_id}
    reply = await client.get(f"{API}/approvals", headers=ada.headers, params=params)
    assert [item["status"] for item in reply.json()["items"]] == ["expired"]
