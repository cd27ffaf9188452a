"""What `weft.ports.machines` promises of every host."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from weft.adapters.embedded.host import EmbeddedHost
from weft.domain.errors import HostRejected
from weft.engine.jsonata_fast import FastJsonata


def machine(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


ECHO = machine(a={"Type": "Pass", "End": True})
ASK = machine(
    ask={
        "Type": "Task",
        "Resource": "lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": "runner:flow",
            "Payload": {"token": "{% $states.context.Task.Token %}"},
        },
        "End": True,
    }
)


class Hosted:
    """A host with its listener; the function it calls keeps the tokens it is given."""

    def __init__(self, folder: Path) -> None:
        self.told: list[tuple[str, Any]] = []
        self.tokens: asyncio.Queue[str] = asyncio.Queue()
        self.host = EmbeddedHost(folder, invoke=self.invoke, jsonata=FastJsonata())
        self.host.listen(lambda run, events: self.told.extend((run, e) for e in events))

    async def invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        self.tokens.put_nowait(payload["token"])
        return {}

    async def ended(self, execution: str) -> str:
        while True:
            found = await self.host.describe(execution)
            assert found is not None
            if found.status != "RUNNING":
                return found.status
            await asyncio.sleep(0.005)


@pytest.fixture(params=["engine"])
async def hosted(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hosted]:
    assert request.param == "engine"
    made = Hosted(tmp_path / "engine")
    await made.host.open()
    yield made
    await made.host.close()


async def test_publishing_the_same_twice_gives_the_same_machine(hosted: Hosted) -> None:
    first = await hosted.host.publish("m", ECHO, {})
    assert await hosted.host.publish("m", ECHO, {}) == first
    with pytest.raises(HostRejected):
        await hosted.host.publish("m", ASK, {})


async def test_a_definition_that_cannot_run_is_refused(hosted: Hosted) -> None:
    with pytest.raises(HostRejected, match="nowhere"):
        await hosted.host.publish("bad", machine(a={"Type": "Pass", "Next": "nowhere"}), {})
    with pytest.raises(HostRejected):
        await hosted.host.start("no-such-machine", "r", {})


async def test_starting_the_same_run_again_is_the_first_start(hosted: Hosted) -> None:
    made = await hosted.host.publish("m", ECHO, {})
    first = await hosted.host.start(made, "r", {"x": 1})
    assert await hosted.host.start(made, "r", {"x": 1}) == first
    assert await hosted.ended(first) == "SUCCEEDED"
    assert await hosted.host.start(made, "r", {"x": 1}) == first
    history = await hosted.host.history(first)
    assert [e.type for e in history].count("ExecutionStarted") == 1


async def test_the_listener_hears_the_whole_history_under_the_runs_id(hosted: Hosted) -> None:
    made = await hosted.host.publish("m", ECHO, {})
    execution = await hosted.host.start(made, "r", {"x": 1})
    await hosted.ended(execution)
    await asyncio.sleep(0.01)
    history = list(await hosted.host.history(execution))
    assert [run for run, _ in hosted.told] == ["r"] * len(history)
    assert [event for _, event in hosted.told] == history
    assert [e.id for e in history] == list(range(1, len(history) + 1))
    assert history[-1].details["output"] == {"x": 1}


async def test_a_token_is_answered_once(hosted: Hosted) -> None:
    execution = await hosted.host.start(await hosted.host.publish("ask", ASK, {}), "r", {})
    token = await hosted.tokens.get()
    assert await hosted.host.resume(token, {"yes": True}) is True
    assert await hosted.ended(execution) == "SUCCEEDED"
    assert await hosted.host.resume(token, {"yes": False}) is False
    assert await hosted.host.resume("weft-made-up", {}) is False


async def test_a_waiting_task_can_be_failed(hosted: Hosted) -> None:
    execution = await hosted.host.start(await hosted.host.publish("ask", ASK, {}), "r", {})
    assert await hosted.host.fail(await hosted.tokens.get(), "Refused", "no") is True
    assert await hosted.ended(execution) == "FAILED"


async def test_cancelling_is_final_and_harmless_afterwards(hosted: Hosted) -> None:
    execution = await hosted.host.start(await hosted.host.publish("ask", ASK, {}), "r", {})
    token = await hosted.tokens.get()
    await hosted.host.cancel(execution, "Cancelled", "enough")
    await hosted.host.cancel(execution, "Cancelled", "again")
    assert await hosted.ended(execution) == "ABORTED"
    assert await hosted.host.resume(token, {}) is False
    last = (await hosted.host.history(execution))[-1]
    assert (last.type, last.details["error"]) == ("ExecutionAborted", "Cancelled")


async def test_an_unknown_execution_is_none(hosted: Hosted) -> None:
    assert await hosted.host.describe("m:nothing") is None
