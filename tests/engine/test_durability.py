"""What survives: restarts at any point, full disks, damaged files, second openers."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import HandlerError, JournalCorrupt, JournalFull, JournalLocked
from weft.engine.events import HistoryEvent
from weft.engine.journal import Journal
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.residents import Settings

JSONATA = FastJsonata()


def ask(**fields: Any) -> dict[str, Any]:
    """A Task state that waits for its token."""
    payload = {"token": "{% $states.context.Task.Token %}", "r": "{% $random() %}"}
    return {
        "Type": "Task",
        "Resource": "lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "ask", "Payload": payload},
        **fields,
    }


def call(function: str, **fields: Any) -> dict[str, Any]:
    """A Task state that calls a function."""
    payload = {"in": "{% $states.input %}", "r": "{% $random() %}"}
    return {
        "Type": "Task",
        "Resource": "lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": payload},
        **fields,
    }


async def calls(lab: Any, count: int) -> None:
    """Let the engine go on until there are so many calls."""
    while len(lab.calls) < count:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)


async def test_a_person_may_answer_after_a_restart(still_lab: Any) -> None:
    lab = still_lab
    states = {
        "P": {"Type": "Pass", "Assign": {"x": 5}, "Next": "A"},
        "A": ask(Output="{% [$states.result, $x] %}", End=True),
    }
    execution = lab.start(states)
    await calls(lab, 1)
    await lab.restart()
    lab.clock.advance(3 * 86_400)
    await asyncio.sleep(0.01)
    assert len(lab.calls) == 1  # its handler had returned: it is not asked again
    lab.engine.send_task_success(lab.calls[0][1]["token"], "yes")
    assert (await lab.engine.wait(execution)).output == ["yes", 5]


async def test_a_call_in_flight_goes_out_again_unchanged(still_lab: Any) -> None:
    lab = still_lab
    lab.handlers["f"] = lambda payload: asyncio.sleep(3600)
    execution = lab.start({"T": call("f", Output="{% $states.result.Payload %}", End=True)}, 7)
    await calls(lab, 1)
    lab.handlers["f"] = lambda payload: "done"
    await lab.restart()
    assert (await lab.engine.wait(execution)).output == "done"
    assert lab.calls[0] == lab.calls[1]
    assert lab.calls[0][1]["in"] == 7


async def test_a_call_that_goes_out_again_has_its_whole_time_again(still_lab: Any) -> None:
    lab = still_lab
    lab.handlers["f"] = lambda payload: asyncio.sleep(3600)
    states = {"T": call("f", TimeoutSeconds=60, HeartbeatSeconds=30, End=True)}
    execution = lab.start(states)
    await calls(lab, 1)
    await lab.engine.close()
    lab.clock.advance(3600)  # while nothing runs
    await lab.restart()
    await calls(lab, 2)
    assert lab.engine.describe(execution).status == "RUNNING"
    lab.clock.advance(31)
    assert (await lab.engine.wait(execution)).error == "States.HeartbeatTimeout"


async def test_a_person_has_no_more_time_after_a_restart(still_lab: Any) -> None:
    lab = still_lab
    execution = lab.start({"A": ask(TimeoutSeconds=60, End=True)})
    await calls(lab, 1)
    lab.clock.advance(50)
    await lab.restart()
    lab.clock.advance(11)
    assert (await lab.engine.wait(execution)).error == "States.Timeout"


async def test_a_handler_cut_off_by_close_is_not_a_failure(still_lab: Any) -> None:
    lab = still_lab
    lab.handlers["f"] = lambda payload: asyncio.sleep(3600)
    execution = lab.start({"T": call("f", End=True)})
    await calls(lab, 1)
    await lab.restart()
    assert [e.type for e in lab.engine.history(execution)][-1] == "TaskStarted"


async def test_wait_and_retry_times_survive(still_lab: Any) -> None:
    lab = still_lab
    begun = lab.clock.now()

    def handler(payload: Any) -> Any:
        times.append(lab.clock.now() - begun)
        raise lab_error

    lab_error = HandlerError("Busy", "")
    times: list[float] = []
    lab.handlers["f"] = handler
    retry = {"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxAttempts": 2}
    states = {
        "W": {"Type": "Wait", "Seconds": 100, "Next": "T"},
        "T": call("f", Retry=[retry], End=True),
    }
    execution = lab.start(states)
    for step in (60, 41, 9, 2, 15, 10):
        lab.clock.advance(step)
        await asyncio.sleep(0.01)
        await lab.restart()
        await asyncio.sleep(0.01)
    assert (await lab.engine.wait(execution)).error == "Busy"
    assert len(times) == 3
    assert times[0] >= 100
    assert times[1] >= times[0] + 10
    assert times[2] >= times[1] + 20


async def test_time_limits_survive(still_lab: Any) -> None:
    lab = still_lab
    first = lab.start({"A": ask(TimeoutSeconds=100, End=True)})
    second = lab.start({"A": ask(HeartbeatSeconds=50, End=True)})
    await calls(lab, 2)
    lab.clock.advance(40)
    await lab.restart()
    lab.clock.advance(11)
    assert (await lab.engine.wait(second)).error == "States.HeartbeatTimeout"
    lab.clock.advance(50)
    assert (await lab.engine.wait(first)).error == "States.Timeout"


async def test_finished_iterations_do_not_run_again(still_lab: Any) -> None:
    lab = still_lab
    lab.handlers["f"] = lambda p: asyncio.sleep(3600) if p["in"] == 2 else p["in"] * 10
    processor = {
        "StartAt": "T",
        "States": {"T": call("f", Output="{% $states.result.Payload %}", End=True)},
    }
    states = {
        "S": {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"},
        "M": {"Type": "Map", "Items": [0, 1, 2, 3], "ItemProcessor": processor, "End": True},
    }
    execution = lab.start(states)
    await calls(lab, 4)
    await lab.restart()
    await calls(lab, 5)
    lab.handlers["f"] = lambda p: p["in"] * 10
    await lab.restart()
    assert (await lab.engine.wait(execution)).output == [0, 10, 20, 30]
    assert [p["in"] for _, p in lab.calls].count(2) == 3
    assert len(lab.calls) == 6


async def test_history_is_whole_and_in_order_over_restarts(still_lab: Any) -> None:
    lab = still_lab
    execution = lab.start({"P": {"Type": "Pass", "Next": "A"}, "A": ask(End=True)})
    await calls(lab, 1)
    before = lab.engine.history(execution)
    await lab.restart()
    lab.engine.send_task_success(lab.calls[0][1]["token"], 1)
    await lab.engine.wait(execution)
    events = lab.engine.history(execution)
    assert events[: len(before)] == before
    assert [e.id for e in events] == list(range(1, len(events) + 1))
    assert lab.engine.history(execution, after=3) == events[3:]
    await asyncio.sleep(0.01)
    assert [e for _, e in lab.seen] == events


async def test_many_waiting_runs_leave_memory_and_come_back(tmp_path: Path) -> None:
    asked: list[str] = []

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        asked.append(payload["token"])

    engine = Engine(tmp_path, invoke=invoke, jsonata=JSONATA, settings=Settings(resident_runs=5))
    await engine.open()
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": ask(End=True)}}
    machine = engine.create_machine("m", definition)
    ids = [engine.start(machine, f"r{i}", i) for i in range(50)]
    while len(asked) < 50:
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    assert engine.resident_runs() <= 5
    for token in asked:
        engine.send_task_success(token, "ok")
    ended = [await engine.wait(i) for i in ids]
    assert [e.output for e in ended] == ["ok"] * 50
    assert [e.input for e in ended] == list(range(50))
    await engine.close()


async def test_a_second_opener_is_refused(lab: Any) -> None:
    with pytest.raises(JournalLocked, match="another process"):
        await lab.make().open()


async def test_a_truncated_journal_is_refused_with_its_name(lab: Any) -> None:
    for _ in range(30):
        await lab.run({"P": {"Type": "Pass", "End": True}}, {"x": "y" * 3000})
    await lab.engine.close()
    path = lab.folder / "journal.sqlite"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)
    lab.engine = lab.make()
    with pytest.raises(JournalCorrupt, match=r"journal\.sqlite"):
        await lab.engine.open()


async def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"something else entirely" * 100)
    journal = Journal(tmp_path)
    with pytest.raises(JournalCorrupt):
        journal.open()


async def test_another_program_writing_the_file_makes_a_start_fail_cleanly(lab: Any) -> None:
    states = {"P": {"Type": "Pass", "End": True}}
    await lab.run(states)
    other = sqlite3.connect(lab.folder / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalLocked):
        lab.engine.start("machine-0", "second", {})
    other.execute("ROLLBACK")
    other.close()
    assert lab.engine.list_executions() == ["machine-0:run"]
    again = lab.engine.start("machine-0", "second", {})
    assert (await lab.engine.wait(again)).status == "SUCCEEDED"


async def test_a_full_disk_loses_nothing_and_work_goes_on_after(tmp_path: Path) -> None:
    journal = Journal(tmp_path, max_pages=200)
    gate = asyncio.Event()

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        await gate.wait()
        return "x" * 200_000

    told: list[tuple[str, HistoryEvent]] = []
    engine = Engine(
        journal, invoke=invoke, jsonata=JSONATA,
        on_events=lambda run, events: told.extend((run, e) for e in events),
    )  # fmt: skip
    await engine.open()
    states = {"T": call("f", Next="Z"), "Z": {"Type": "Pass", "End": True}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": states}
    machine = engine.create_machine("m", definition)
    execution = engine.start(machine, "r", 1)
    noise = [{"n": i, "r": [hash((i, k)) for k in range(9000)]} for i in range(20)]
    with pytest.raises(JournalFull, match="free some disk space"):
        for i, value in enumerate(noise):
            engine.start(machine, f"filler{i}", value)
    before = engine.history(execution)
    gate.set()
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert engine.history(execution)[: len(before)] == before
    journal.db.execute("PRAGMA max_page_count = 100000")
    ended = await asyncio.wait_for(engine.wait(execution), 20)
    assert ended.status == "SUCCEEDED"
    assert len(ended.output["Payload"]) == 200_000
    assert [e.id for e in engine.history(execution)] == list(range(1, 10))
    await asyncio.sleep(0.01)
    assert [e.id for run, e in told if run == execution] == list(range(1, 10))
    await engine.close()


STATE = st.sampled_from(["pass", "call", "wait", "ask", "map", "parallel", "fail"])


def machine_of(kinds: list[str]) -> dict[str, Any]:
    """A chain of states of these kinds; failures are caught."""
    states: dict[str, Any] = {"Start": {"Type": "Pass", "Assign": {"seen": []}, "Next": "S0"}}
    seen = "{% $append($seen, [$string($states.result)]) %}"
    for i, kind in enumerate(kinds):
        after = {"Next": f"S{i + 1}"}
        inner = {"StartAt": f"I{i}", "States": {f"I{i}": call("f", End=True)}}
        other = {"StartAt": f"J{i}", "States": {f"J{i}": {"Type": "Pass", "End": True}}}
        catch = [{"ErrorEquals": ["Boom"], "Assign": {"caught": i}, **after}]
        states[f"S{i}"] = {
            "pass": {"Type": "Pass", "Assign": {"last": "{% $states.input %}"}, **after},
            "call": call("f", Assign={"seen": seen}, Output="{% $states.result %}", **after),
            "wait": {"Type": "Wait", "Seconds": 5, **after},
            "ask": ask(Output="{% $states.result %}", **after),
            "map": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": inner, **after,
                    "MaxConcurrency": 2, "Output": "{% $states.result.Payload %}"},
            "parallel": {"Type": "Parallel", "Branches": [inner, other], **after},
            "fail": call("boom", Catch=catch, Retry=[{"ErrorEquals": ["Boom"], "MaxAttempts": 1}],
                         **after),
        }[kind]  # fmt: skip
    states[f"S{len(kinds)}"] = {
        "Type": "Pass",
        "Output": {"in": "{% $states.input %}", "seen": "{% $seen %}"},
        "End": True,
    }
    return {"QueryLanguage": "JSONata", "StartAt": "Start", "States": states}


async def play(folder: Path, definition: dict[str, Any], restart_after: int | None) -> Any:
    """Run it, closing and reopening the engine once so many calls have been made."""
    clock = SkippingClock()
    made = 0
    reached = asyncio.Event()

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        nonlocal made
        made += 1
        if made == restart_after:
            reached.set()
            await asyncio.sleep(3600)
        if function == "boom":
            raise HandlerError("Boom", "always")
        if function == "ask":
            engine.send_task_success(payload["token"], "answer")
            return None
        return [function, payload["in"]]

    def make() -> Engine:
        return Engine(Journal(folder, synchronous="NORMAL"), invoke=invoke, jsonata=JSONATA,
                      clock=clock)  # fmt: skip

    engine = make()
    await engine.open()
    execution = engine.start(engine.create_machine("m", definition), "r", {"n": 1})
    ending = asyncio.ensure_future(engine.wait(execution))
    stopped = asyncio.ensure_future(reached.wait())
    await asyncio.wait([ending, stopped], return_when=asyncio.FIRST_COMPLETED)
    if reached.is_set():
        ending.cancel()
        await engine.close()
        engine = make()
        await engine.open()
        ended = await asyncio.wait_for(engine.wait(execution), 20)
    else:
        stopped.cancel()
        ended = await ending
    history = engine.history(execution)
    await engine.close()
    return ended.status, ended.output, sorted((e.type, e.path) for e in history)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kinds=st.lists(STATE, min_size=1, max_size=5), cut=st.integers(1, 12))
def test_a_restart_changes_neither_result_nor_history(
    tmp_path_factory: Any, kinds: list[str], cut: int
) -> None:
    definition = machine_of(kinds)
    whole = asyncio.run(play(tmp_path_factory.mktemp("whole"), definition, None))
    cut_off = asyncio.run(play(tmp_path_factory.mktemp("cut"), definition, cut))
    assert whole[0] == "SUCCEEDED"
    assert cut_off == whole
