"""What `weft.ports.runs` promises."""

from dataclasses import replace
from typing import Any

import pytest

from weft.domain.errors import Conflict, NotFound
from weft.domain.page import PageRequest
from weft.domain.run import (
    LogLine,
    Run,
    RunError,
    RunStatus,
    Step,
    StepStatus,
    Totals,
    Trigger,
)
from weft.domain.run_event import EventType, RunEvent
from weft.ports.runs import RunCount, RunFilter


def run(id: str = "r", tenant: str = "a", **changes: Any) -> Run:
    held: dict[str, Any] = {
        "tenant_id": tenant,
        "run_id": id,
        "workflow_id": "w",
        "version": 1,
        "status": RunStatus.PENDING,
        "trigger": Trigger("webhook", {"x": 1}, "t", {"h": "1"}, {"q": "2"}, "POST", 5),
        "triggered_by": "u",
        "created_at": 1,
    }
    return Run(**{**held, **changes})


def event(seq: int, tenant: str = "a", type: EventType = EventType.STEP_STARTED) -> RunEvent:
    return RunEvent(tenant, "r", seq, type, 100 + seq, "n", "0.1", {"k": seq})


def test_a_run_comes_back_as_it_went_in(store: Any) -> None:
    full = run(
        status=RunStatus.FAILED,
        output={"r": [1]},
        response="hello",
        error=RunError("Boom", "it broke", "n"),
        execution_id="m:r",
        started_at=2,
        finished_at=3,
        active_ms=4,
        active_since=5,
        last_seq=6,
        totals=Totals(7, 8, 0.5),
        cancel_reason="enough",
    )
    store.runs.add(full)
    assert store.runs.get("a", "r") == full
    assert store.runs.find("r") == full


def test_adding_a_run_twice_is_a_conflict(store: Any) -> None:
    store.runs.add(run())
    with pytest.raises(Conflict):
        store.runs.add(run())


def test_another_tenant_cannot_see_or_change_it(store: Any) -> None:
    store.runs.add(run())
    store.runs.save_progress(
        run(),
        [Step("a", "r", "n", "", 0, StepStatus.SUCCESS)],
        [event(1)],
        [LogLine("a", "r", 1, "n", "", "info", "m", 1)],
    )
    with pytest.raises(NotFound):
        store.runs.get("b", "r")
    assert store.runs.change(run(tenant="b", status=RunStatus.FAILED), RunStatus.PENDING) is False
    store.runs.set_execution("b", "r", "stolen")
    store.runs.request_cancel("b", "r", "stolen")
    store.runs.save_progress(run(tenant="b", status=RunStatus.FAILED), (), (), ())
    assert store.runs.get("a", "r") == run()
    assert store.runs.list("b", PageRequest(), RunFilter()).items == ()
    assert store.runs.list_steps("b", "r") == []
    assert store.runs.list_events("b", "r", 0, 10) == []
    assert store.runs.list_logs("b", "r", PageRequest()).items == ()
    assert store.runs.count("b", "w") == RunCount(0, 0)
    assert store.runs.oldest_pending("b", "w", 5) == []


def test_newest_run_comes_first_and_filters_narrow(store: Any) -> None:
    for n in range(5):
        status = RunStatus.COMPLETED if n % 2 else RunStatus.FAILED
        store.runs.add(run(f"r{n}", created_at=n, status=status, workflow_id=f"w{n // 3}"))

    def found(**by: Any) -> list[str]:
        page = store.runs.list("a", PageRequest(limit=50), RunFilter(**by))
        return [r.run_id for r in page.items]

    assert found() == ["r4", "r3", "r2", "r1", "r0"]
    assert found(workflow_id="w0") == ["r2", "r1", "r0"]
    assert found(statuses=(RunStatus.FAILED,)) == ["r4", "r2", "r0"]
    assert found(created_after=1, created_before=3) == ["r2", "r1"]
    assert found(triggered_by="nobody") == []
    first = store.runs.list("a", PageRequest(limit=2), RunFilter())
    rest = store.runs.list("a", PageRequest(first.next_cursor, 10), RunFilter())
    assert [r.run_id for r in (*first.items, *rest.items)] == found()


def test_a_change_needs_the_expected_status(store: Any) -> None:
    store.runs.add(run())
    admitted = run(status=RunStatus.RUNNING, started_at=2)
    assert store.runs.change(admitted, RunStatus.PENDING) is True
    assert store.runs.change(run(status=RunStatus.CANCELLED), RunStatus.PENDING) is False
    assert store.runs.get("a", "r") == admitted


def test_progress_leaves_the_execution_and_a_wish_to_cancel_alone(store: Any) -> None:
    store.runs.add(run())
    assert store.runs.set_execution("a", "r", "m:r") is None
    store.runs.request_cancel("a", "r", "enough")
    assert store.runs.set_execution("a", "r", "m:r") == "enough"
    store.runs.save_progress(run(status=RunStatus.RUNNING), (), (), ())
    found = store.runs.get("a", "r")
    assert (found.execution_id, found.cancel_reason) == ("m:r", "enough")


def test_slots_and_queue_are_per_workflow_in_order_of_arrival(store: Any) -> None:
    for n in (3, 1, 2):
        store.runs.add(run(f"p{n}", created_at=9 - n))
    store.runs.add(run("x", status=RunStatus.RUNNING))
    store.runs.add(run("y", status=RunStatus.WAITING))
    store.runs.add(run("z", status=RunStatus.RUNNING, workflow_id="other"))
    assert store.runs.count("a", "w") == RunCount(active=1, pending=3)
    assert [r.run_id for r in store.runs.oldest_pending("a", "w", 2)] == ["p3", "p1"]


def test_open_runs_of_all_tenants_are_found(store: Any) -> None:
    store.runs.add(run("1"))
    store.runs.add(run("2", "b", status=RunStatus.WAITING))
    store.runs.add(run("3", status=RunStatus.COMPLETED))
    assert [r.run_id for r in store.runs.list_open()] == ["1", "2"]


def test_storing_progress_again_changes_nothing(store: Any) -> None:
    store.runs.add(run())
    steps = [Step("a", "r", "n", "0", 1, StepStatus.ERROR, {"i": 1}, None, {"type": "E"}, 2)]
    logs = [LogLine("a", "r", 2, "n", "0", "info", "line", 5, {"d": 1})]
    for _ in range(2):
        store.runs.save_progress(run(), steps, [event(1), event(2)], logs)
    assert store.runs.list_steps("a", "r") == steps
    assert store.runs.list_events("a", "r", 0, 10) == [event(1), event(2)]
    assert store.runs.list_logs("a", "r", PageRequest()).items == tuple(logs)


def test_events_are_read_from_a_number_on(store: Any) -> None:
    store.runs.add(run())
    store.runs.save_progress(run(), (), [event(n) for n in range(1, 8)], ())
    assert [e.seq for e in store.runs.list_events("a", "r", 3, 2)] == [4, 5]


def test_log_lines_come_in_pages(store: Any) -> None:
    store.runs.add(run())
    logs = [LogLine("a", "r", n, "n", "", "info", str(n), n) for n in range(1, 6)]
    store.runs.save_progress(run(), (), (), logs)
    first = store.runs.list_logs("a", "r", PageRequest(limit=3))
    rest = store.runs.list_logs("a", "r", PageRequest(first.next_cursor, 3))
    assert (*first.items, *rest.items) == tuple(logs)
    assert rest.next_cursor is None


def test_a_step_moves_on_in_place(store: Any) -> None:
    store.runs.add(run())
    step = Step("a", "r", "n", "", 0, StepStatus.RUNNING)
    store.runs.save_progress(run(), [step], (), ())
    done = replace(step, status=StepStatus.SUCCESS, output=2**80, completed_at=9)
    store.runs.save_progress(run(), [done], (), ())
    assert store.runs.list_steps("a", "r") == [done]
