"""The operations on the adapters for AWS, whose services answer on sockets of this machine."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.operations.conftest import House, NoHttp, graph
from tests.support.aws_server import moto_server, new_bucket, new_table
from tests.support.step_functions_host import ROLE, function_arn, served

from weft.bootstrap.aws import AwsParts, open_on_aws
from weft.bootstrap.aws_settings import AwsSettings
from weft.domain.approval import Decision
from weft.domain.caller import Caller, Role
from weft.domain.credential import NewCredential
from weft.domain.errors import NotFound
from weft.domain.run import RunStatus, StepStatus
from weft.operations.cancel_run import cancel_run
from weft.operations.credentials import add_credential
from weft.operations.decide_approval import decide_approval
from weft.operations.provision_tenant import ensure_owner


class Stack(House):
    """A house on AWS: it opens on what the stack has made, as often as one likes."""

    settings: AwsSettings

    async def open(self) -> None:
        self.platform = await self._stack.enter_async_context(
            open_on_aws(self.settings, AwsParts(self.types, NoHttp(), poll_seconds=0.05))
        )
        self.desk.serve(self.platform)
        owner = await ensure_owner(self.platform)
        self.caller = Caller(owner.tenant_id, owner.user_id, Role.OWNER, "session")


@pytest.fixture
async def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    made = Stack(tmp_path)

    async def net(payload: Any, context: Any) -> Any:
        return await made.invoke("", payload, None)

    async with AsyncExitStack() as servers:
        data = servers.enter_context(moto_server())
        states = await servers.enter_async_context(served(tmp_path / "states", net=net))
        made.settings = AwsSettings(
            region="us-east-1",
            table=new_table(data),
            bucket=new_bucket(data),
            key=data.client("kms").create_key()["KeyMetadata"]["KeyId"],
            role=ROLE,
            root=f"weft/{uuid.uuid4()}",
            runners={"net": function_arn("net")},
            endpoint=data.endpoint,
            states_endpoint=states.endpoint,
        )
        await made.open()
        yield made
        await made.close()


CHAIN = graph(
    ("t", "manual_trigger"),
    ("a", "call", {"value": 1}),
    ("b", "call", {"value": "{{a.output}}"}),
    edges="t>a a>b",
)


async def test_a_run_is_published_started_followed_and_kept(stack: Stack) -> None:
    ended = await stack.end(await stack.start(CHAIN))
    assert (ended.status, ended.error) == (RunStatus.COMPLETED, None)
    steps = stack.platform.store.runs.list_steps(ended.tenant_id, ended.run_id)
    assert [(s.node_id, s.status, s.attempts) for s in steps] == [
        ("t", StepStatus.SUCCESS, 0), ("a", StepStatus.SUCCESS, 1), ("b", StepStatus.SUCCESS, 1),
    ]  # fmt: skip
    events = stack.platform.store.runs.list_events(ended.tenant_id, ended.run_id, 0, 100)
    assert [event.seq for event in events] == list(range(1, ended.last_seq + 1))


async def test_a_run_goes_on_while_no_server_does(stack: Stack) -> None:
    run = await stack.start(CHAIN)
    await stack.close()
    await asyncio.sleep(0.3)
    await stack.open()
    assert (await stack.end(run)).status is RunStatus.COMPLETED


async def test_a_person_decides_and_the_run_goes_on(stack: Stack) -> None:
    asking = graph(("t", "manual_trigger"), ("q", "ask"), edges="t>q")
    run = await stack.start(asking)
    store = stack.platform.store
    while not (asked := store.approvals.of_run(run.tenant_id, run.run_id)):
        await asyncio.sleep(0.05)
    await decide_approval(stack.platform, stack.caller, asked[0].approval_id, Decision("approved"))
    assert (await stack.end(run)).status is RunStatus.COMPLETED


async def test_a_failure_says_which_node_it_was(stack: Stack) -> None:
    def fail(payload: Any) -> Any:
        raise stack.refusal

    stack.handlers["a"] = fail
    ended = await stack.end(await stack.start(CHAIN))
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None
    assert ended.error.node == "a"


async def test_a_run_is_cancelled(stack: Stack) -> None:
    asking = graph(("t", "manual_trigger"), ("q", "ask"), edges="t>q")
    run = await stack.start(asking)
    await cancel_run(stack.platform, stack.caller, run.run_id, reason="enough")
    assert (await stack.end(run)).status is RunStatus.CANCELLED


async def test_a_second_tenant_sees_nothing_of_the_first(stack: Stack) -> None:
    run = await stack.start(CHAIN)
    other = replace(stack.caller, tenant_id="other")
    store = stack.platform.store
    assert store.runs.list_events(other.tenant_id, run.run_id, 0, 100) == []
    with pytest.raises(NotFound):
        store.runs.get(other.tenant_id, run.run_id)


async def test_a_credential_is_sealed_by_the_stack(stack: Stack) -> None:
    made = await add_credential(
        stack.platform, stack.caller, NewCredential("k", "key", {"token": "sk-very-secret"})
    )
    sealed = stack.platform.store.credentials.sealed(made.tenant_id, made.credential_id)
    assert b"secret" not in sealed
    opened = stack.platform.vault.unseal(made.tenant_id, made.credential_id, sealed)
    assert opened == {"token": "sk-very-secret"}


async def test_a_run_whose_parts_are_express_machines_ends_as_it_should(stack: Stack) -> None:
    """What happened inside of those AWS tells in logs only; what came of them everybody sees."""
    safe = [(name, "call", {"value": "{{t.output}}", "safe": True}) for name in "abc"]
    document = graph(("t", "manual_trigger"), *safe, edges="t>a t>b t>c")
    _, version = await stack.publish(document)
    assert [child["type"] for child in version.children.values()] == ["EXPRESS"]
    ended = await stack.end(await stack.again(version.workflow_id, {"x": 1}))
    assert (ended.status, ended.error) == (RunStatus.COMPLETED, None)
    assert len(stack.calls) == 3
