"""What `weft.ports.machines` promises of every host."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.step_functions_host import hosted_on

from weft.adapters.embedded.host import EmbeddedHost
from weft.domain.child_machine import ChildMachine
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
    """A host whose function keeps the tokens it is given. `told`: what its listener heard."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.tokens: asyncio.Queue[str] = asyncio.Queue()
        self.host: Any = None

    async def call(self, payload: Any, context: Any) -> Any:
        self.tokens.put_nowait(payload["token"])
        return {}

    async def invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        return await self.call(payload, None)

    async def ended(self, execution: str) -> str:
        while True:
            found = await self.host.describe(execution)
            assert found is not None
            if found.status != "RUNNING":
                return str(found.status)
            await asyncio.sleep(0.005)


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Hosted]:
    made = Hosted()
    made.host = host = EmbeddedHost(tmp_path / "engine", invoke=made.invoke, jsonata=FastJsonata())
    host.listen(lambda run, events: made.told.extend((run, e) for e in events))
    await host.open()
    yield made
    await host.close()


@pytest.fixture(params=["engine", "step functions"])
async def hosted(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hosted]:
    made = Hosted()
    if request.param == "step functions":
        async with hosted_on(tmp_path / "server", flow=made.call) as host:
            made.host = host
            yield made
        return
    made.host = engine = EmbeddedHost(
        tmp_path / "engine", invoke=made.invoke, jsonata=FastJsonata()
    )
    await engine.open()
    yield made
    await engine.close()


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


async def test_the_listener_hears_the_whole_history_under_the_runs_id(embedded: Hosted) -> None:
    hosted = embedded
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


def passes(**states: dict[str, Any]) -> dict[str, Any]:
    """A part of a machine whose states follow each other."""
    names = list(states)
    ends = [{"Next": name} for name in names[1:]] + [{"End": True}]
    chained = {n: {**s, **e} for (n, s), e in zip(states.items(), ends, strict=True)}
    return {"StartAt": names[0], "States": chained}


def machine_of(**states: dict[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **passes(**states)}


BOTH = {
    "Type": "Parallel",
    "Branches": [
        passes(left={"Type": "Pass"}, more={"Type": "Pass"}),
        passes(right={"Type": "Pass"}),
    ],
}
EACH = {
    "Type": "Map",
    "Items": [1, 2],
    "MaxConcurrency": 1,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "INLINE"},
        **passes(first={"Type": "Pass"}, both=BOTH),
    },
}


async def test_an_event_says_in_which_items_and_branches_it_is(hosted: Hosted) -> None:
    made = await hosted.host.publish("m", machine_of(each=EACH, last={"Type": "Pass"}), {})
    execution = await hosted.host.start(made, "r", {})
    assert await hosted.ended(execution) == "SUCCEEDED"
    paths: dict[str, list[Any]] = {}
    for event in await hosted.host.history(execution):
        if event.type.endswith(("StateEntered", "StateExited")):
            paths.setdefault(event.details["name"], []).append(event.path)
    both = [(("each", 0),)] * 2 + [(("each", 1),)] * 2
    assert paths["each"] == paths["last"] == [(), ()]
    assert paths["first"] == paths["both"] == both
    assert paths["left"] == paths["more"] == [(*path, ("both", 0)) for path in both]
    assert paths["right"] == [(*path, ("both", 1)) for path in both]


CHILD = machine_of(inner={"Type": "Pass", "Output": {"told": "{% $states.input.path %}"}})


def starting(kind: str) -> dict[str, Any]:
    express = kind == "EXPRESS"
    name = "{% $states.context.Execution.Name" + ("" if express else " & '.1'") + " %}"
    output = "$parse($states.result.Output)" if express else "$states.result.Output"
    return {
        "Type": "Task",
        "Resource": "aws-sdk:sfn:startSyncExecution" if express else "states:startExecution.sync:2",
        "Arguments": {
            "StateMachineArn": "machine:part", "Name": name, "Input": {"path": "0.2"},
        },
        "Output": "{% " + output + " %}",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_a_machine_is_made_with_those_that_it_starts(hosted: Hosted, kind: Any) -> None:
    children = {"part": ChildMachine(kind, CHILD)}
    definition = machine_of(call=starting(kind))
    made = await hosted.host.publish("m", definition, children)
    assert await hosted.host.publish("m", definition, children) == made
    execution = await hosted.host.start(made, "r", {})
    assert await hosted.ended(execution) == "SUCCEEDED"
    history = await hosted.host.history(execution)
    assert history[-1].details["output"] == {"told": "0.2"}


async def test_a_history_has_that_of_the_executions_that_were_started(hosted: Hosted) -> None:
    definition = machine_of(call=starting("STANDARD"))
    made = await hosted.host.publish("m", definition, {"part": ChildMachine("STANDARD", CHILD)})
    execution = await hosted.host.start(made, "r", {})
    await hosted.ended(execution)
    history = list(await hosted.host.history(execution))
    assert list(await hosted.host.history(execution)) == history
    inner = [event for event in history if event.execution]
    assert {event.execution for event in inner} == {"r.1"}
    assert [event.id for event in inner] == list(range(1, len(inner) + 1))
    assert inner[0].details["input"]["path"] == "0.2"
    told = [event.type for event in history]
    assert told.index("PassStateEntered") > told.index("TaskScheduled")
    assert told.index("PassStateExited") < told.index("TaskSucceeded")
