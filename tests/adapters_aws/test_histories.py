"""What follows from `previousEventId` is where the engine says that an event happened."""

from pathlib import Path
from typing import Any

import pytest
from tests.support.step_functions_host import hosted_on

from weft.adapters.embedded.host import EmbeddedHost
from weft.engine.jsonata_fast import FastJsonata

PASS = {"Type": "Pass"}
FAIL = {"Type": "Fail", "Error": "Odd"}


def chain(**states: Any) -> dict[str, Any]:
    names = list(states)
    ends = [{"Next": name} for name in names[1:]] + [{"End": True}]
    chained = {
        name: state if state["Type"] == "Fail" else {**state, **end}
        for (name, state), end in zip(states.items(), ends, strict=True)
    }
    return {"StartAt": names[0], "States": chained}


def each(items: list[int], body: dict[str, Any], at_once: int = 0) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **body}
    return {"Type": "Map", "Items": items, "MaxConcurrency": at_once, "ItemProcessor": processor}


def both(*branches: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches)}


def caught(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "after"}]}


CASES = {
    "no items": chain(m=each([], chain(a=PASS)), after=PASS),
    "items at once": chain(m=each([1, 2, 3], chain(a=PASS, b=PASS)), after=PASS),
    "items one by one": chain(m=each([1, 2, 3], chain(a=PASS), at_once=1), after=PASS),
    "branches": chain(p=both(chain(a=PASS, b=PASS), chain(c=PASS)), after=PASS),
    "branches in branches": chain(
        p=both(chain(q=both(chain(a=PASS), chain(b=PASS)), c=PASS), chain(d=PASS)), after=PASS
    ),
    "items in items": chain(m=each([1, 2], chain(n=each([1, 2], chain(a=PASS)), b=PASS))),
    "items in branches in items": chain(
        m=each([1, 2], chain(p=both(chain(n=each([1], chain(a=PASS))), chain(b=PASS))))
    ),
    "a branch that fails": chain(p=caught(both(chain(a=FAIL), chain(b=PASS))), after=PASS),
    "an item that fails": chain(m=caught(each([1, 2], chain(a=FAIL))), after=PASS),
    "a failure from deep inside": chain(
        m=caught(each([1], chain(p=both(chain(q=both(chain(a=FAIL))))))), after=PASS
    ),
    "nobody catches": chain(m=each([1, 2], chain(p=both(chain(a=FAIL), chain(b=PASS))))),
    "a branch stopped while it waits": chain(
        p=caught(both(chain(a=FAIL), chain(w={"Type": "Wait", "Seconds": 60}))), after=PASS
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_paths_are_those_of_the_engine(name: str, tmp_path: Path) -> None:
    definition = {"QueryLanguage": "JSONata", **CASES[name]}

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        raise AssertionError("nothing calls a function here")

    engine = EmbeddedHost(tmp_path / "engine", invoke=invoke, jsonata=FastJsonata())
    await engine.open()
    try:
        told = await _history(engine, definition)
    finally:
        await engine.close()
    async with hosted_on(tmp_path / "server") as host:
        assert await _history(host, definition) == told
    assert len(told) > 4


async def _history(host: Any, definition: dict[str, Any]) -> list[tuple[Any, ...]]:
    execution = await host.start(await host.publish("m", definition, {}), "r", {})
    while (await host.describe(execution)).status == "RUNNING":
        pass
    history = await host.history(execution)
    # The engine names the state in more events than AWS does; nobody reads it there.
    named = ("StateEntered", "StateExited")
    return [
        (e.id, e.type, e.previous_event_id, e.path)
        + ((e.details["name"],) if e.type.endswith(named) else ())
        for e in history
    ]
