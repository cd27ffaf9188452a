"""Starting, describing and following executions."""

import asyncio
from typing import Any

import pytest

from weft.domain.errors import Invalid
from weft.engine.errors import ExecutionExists, ExecutionNotFound, MachineNotFound

DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "W",
    "States": {"W": {"Type": "Wait", "Seconds": 10, "End": True}},
}


async def test_the_same_name_and_input_while_running_is_the_same_execution(still_lab: Any) -> None:
    engine = still_lab.engine
    machine = engine.create_machine("m", DEFINITION)
    first = engine.start(machine, "r", {"a": 1})
    assert engine.start(machine, "r", {"a": 1}) == first
    with pytest.raises(ExecutionExists):
        engine.start(machine, "r", {"a": 2})
    engine.stop(first)
    with pytest.raises(ExecutionExists):
        engine.start(machine, "r", {"a": 1})


async def test_unnamed_starts_make_executions_of_their_own(lab: Any) -> None:
    machine = lab.engine.create_machine("m", DEFINITION)
    assert lab.engine.start(machine, None, {}) != lab.engine.start(machine, None, {})


async def test_what_does_not_exist_is_not_found(lab: Any) -> None:
    with pytest.raises(MachineNotFound):
        lab.engine.start("none", "r", {})
    with pytest.raises(ExecutionNotFound):
        lab.engine.describe("none:r")


async def test_a_start_refuses_bad_names_and_large_inputs(lab: Any) -> None:
    machine = lab.engine.create_machine("m", DEFINITION)
    with pytest.raises(Invalid):
        lab.engine.start(machine, "a b", {})
    with pytest.raises(Invalid):
        lab.engine.start(machine, "r", "x" * 262_144)


async def test_open_executions_are_listed_apart(still_lab: Any) -> None:
    engine = still_lab.engine
    machine = engine.create_machine("m", DEFINITION)
    first, second = (engine.start(machine, n, {}) for n in ("one", "two"))
    engine.stop(first)
    await engine.wait(first)
    assert engine.list_executions(open_only=True) == [second]
    assert engine.list_executions() == [second, first]


async def test_history_tells_of_every_iteration_and_where_it_is(lab: Any) -> None:
    inner = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    branch = {
        "StartAt": "M",
        "States": {"M": {"Type": "Map", "Items": [7, 8], "ItemProcessor": inner, "End": True}},
    }
    states = {"P": {"Type": "Parallel", "Branches": [branch], "End": True}}
    ended = await lab.run(states, {"a": 1})
    events = lab.engine.history(ended.id)
    assert [e.id for e in events] == list(range(1, len(events) + 1))
    entered = [(e.path, e.details["input"]) for e in events if e.type == "PassStateEntered"]
    assert entered == [((("P", 0), ("M", 0)), 7), ((("P", 0), ("M", 1)), 8)]
    started = [e for e in events if e.type == "MapIterationStarted"]
    assert [e.details for e in started] == [
        {"name": "M", "index": 0},
        {"name": "M", "index": 1},
    ]
    by_id = {e.id: e for e in events}
    for event in events[2:]:
        assert by_id[event.previous_event_id].id < event.id
    assert events[0].details["input"] == {"a": 1}
    assert events[-1].details["output"] == [[7, 8]]
    await asyncio.sleep(0)
    assert [e for _, e in lab.seen] == events


async def test_events_are_durable_before_they_are_told(lab: Any) -> None:
    from weft.engine.engine import Engine
    from weft.engine.jsonata_fast import FastJsonata

    checked: list[bool] = []

    def on_events(execution: str, events: Any) -> None:
        durable = engine.history(execution)
        checked.append(all(e in durable for e in events))

    engine = Engine(
        lab.folder / "other", invoke=lab.invoke, jsonata=FastJsonata(), on_events=on_events
    )
    await engine.open()
    states = {"P": {"Type": "Pass", "End": True}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "P", "States": states}
    await engine.wait(engine.start(engine.create_machine("m", definition), "r", 1))
    await asyncio.sleep(0)
    await engine.close()
    assert checked
    assert all(checked)


async def test_the_context_object_names_run_state_and_machine(lab: Any) -> None:
    states = {"P": {"Type": "Pass", "Output": "{% $states.context %}", "End": True}}
    output = (await lab.run(states, {"n": 1})).output
    assert output["Execution"]["Input"] == {"n": 1}
    assert output["Execution"]["Name"] == "run"
    assert output["State"]["Name"] == "P"
    assert output["StateMachine"]["Name"] == "machine-0"


async def test_a_small_run_takes_little_room_in_the_journal(lab: Any) -> None:
    states = {"P": {"Type": "Pass", "End": True}}
    machine = lab.engine.create_machine(
        "m", {"QueryLanguage": "JSONata", "StartAt": "P", "States": states}
    )
    for i in range(200):
        text = "".join(chr(97 + (i * k * k) % 26) for k in range(1000))
        await lab.engine.wait(lab.engine.start(machine, f"r{i}", {"x": text}))
    await lab.engine.close()
    size = (lab.folder / "journal.sqlite").stat().st_size
    assert size / 200 <= 3 * 1024
    await lab.engine.open()
