"""Runs from start to end: what is stored, what is queued, and what survives a restart."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from weft.domain.errors import Conflict, Invalid, NotFound, PayloadTooLarge, StorageUnavailable
from weft.domain.page import PageRequest
from weft.domain.run import RunStatus, StepStatus, Trigger
from weft.engine.errors import HandlerError
from weft.operations.cancel_run import cancel_run
from weft.operations.expire_runs import expire_runs
from weft.operations.follow_runs import RunFollower
from weft.operations.start_run import start_run
from weft.ports.runs import RunFilter


def chain(house: Any) -> dict[str, Any]:
    made: dict[str, Any] = house.graph(
        ("t", "manual_trigger"),
        ("c", "call", {"value": "{{t.data}}"}),
        ("s", "set", {"value": "{{c}}"}),
        ("r", "result"),
        edges="t>c c>s s>r",
    )
    return made


def block(house: Any, node: str = "c") -> asyncio.Event:
    """Keep a node's calls from answering until the event is set."""
    gate = asyncio.Event()

    async def wait(payload: Any) -> Any:
        await gate.wait()
        return {"outputs": {"output": "late"}}

    house.handlers[node] = wait
    return gate


async def test_a_run_leaves_its_output_its_steps_and_its_events(house: Any) -> None:
    run = await house.end(await house.start(chain(house), 7))
    assert (run.status, run.output, run.response) == (RunStatus.COMPLETED, {"r": 7}, None)
    steps = house.steps(run)
    assert {name: step.status for name, step in steps.items()} == dict.fromkeys(
        "tcsr", StepStatus.SUCCESS
    )
    assert (steps["c"].output, steps["c"].attempts, steps["s"].output) == (7, 1, 7)
    events = house.events(run)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert [(e.type.value, e.node_id) for e in events] == [
        ("execution.started", None),
        ("step.completed", "t"),
        ("step.started", "c"),
        ("step.completed", "c"),
        ("step.completed", "s"),
        ("step.completed", "r"),
        ("execution.completed", None),
    ]
    assert run.last_seq == len(events)


async def test_log_lines_and_usage_of_a_step_are_kept(house: Any) -> None:
    house.handlers["c"] = lambda payload: {
        "outputs": {"output": 1},
        "logs": [{"level": "warning", "message": "slow", "data": {"ms": 9}}],
        "usage": {"input_tokens": 10, "output_tokens": 5, "cost_usd": 0.25},
    }
    run = await house.end(await house.start(chain(house)))
    step = house.steps(run)["c"]
    assert (step.input_tokens, step.output_tokens, step.cost) == (10, 5, 0.25)
    assert (run.totals.input_tokens, run.totals.output_tokens, run.totals.cost) == (10, 5, 0.25)
    logged = [e for e in house.events(run) if e.type == "log"]
    assert [(e.node_id, e.data["message"]) for e in logged] == [("c", "slow")]


async def test_a_failing_step_fails_the_run_and_is_named(house: Any) -> None:
    def fail(payload: Any) -> Any:
        raise HandlerError("PermanentStepError", "no such page")

    house.handlers["c"] = fail
    run = await house.end(await house.start(chain(house)))
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert (run.error.node, run.error.type) == ("c", "PermanentStepError")
    assert run.error.message == "no such page"
    assert house.steps(run)["c"].status is StepStatus.ERROR
    assert [e.type.value for e in house.events(run)][-2:] == ["step.failed", "execution.failed"]


async def test_a_retry_is_an_event_and_counts_as_an_attempt(house: Any) -> None:
    answers = iter([HandlerError("TransientStepError", "busy"), None])

    def flaky(payload: Any) -> Any:
        error = next(answers)
        if error is not None:
            raise error
        return {"outputs": {"output": "ok"}}

    house.handlers["c"] = flaky
    started = await house.start(chain(house))
    await house.settle()
    house.clock.advance(60)
    run = await house.end(started)
    assert run.status is RunStatus.COMPLETED
    assert house.steps(run)["c"].attempts == 2
    [retrying] = [e for e in house.events(run) if e.type == "step.retrying"]
    assert retrying.data["error"] == {"type": "TransientStepError", "message": "busy"}


async def test_a_skipped_branch_is_recorded_as_skipped(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"),
        ("i", "if", {"condition": "{{t.data > 5}}"}),
        ("a", "call", {"value": "big"}),
        ("b", "call", {"value": "small"}),
        edges="t>i i.true>a i.false>b",
    )
    run = await house.end(await house.start(document, 9))
    steps = house.steps(run)
    assert steps["a"].status is StepStatus.SUCCESS
    assert steps["b"].status is StepStatus.SKIPPED
    assert [call["node_id"] for call in house.calls] == ["a"]


async def test_steps_of_a_loop_have_the_index_in_their_path(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"),
        ("l", "each", {"items": "{{t.data}}"}),
        ("c", "call", {"value": "{{l.item}}"}),
        ("r", "result"),
        edges="t>l.input l.item>c c>l.back l.done>r",
    )
    run = await house.end(await house.start(document, ["x", "y"]))
    assert run.output == {"r": ["x", "y"]}
    steps = house.steps(run)
    assert (steps["c@0"].output, steps["c@1"].output) == ("x", "y")
    assert steps["l"].status is StepStatus.SUCCESS


async def test_runs_over_the_limit_wait_their_turn_and_none_is_lost(house: Any) -> None:
    gate = block(house)
    document = {**chain(house), "settings": {"concurrency_limit": 2}}
    workflow, _ = await house.publish(document)
    runs = [await house.again(workflow.workflow_id, n) for n in range(5)]
    assert [r.status.value for r in runs] == ["running"] * 2 + ["pending"] * 3
    gate.set()
    ended = [await house.end(run) for run in runs]
    assert {r.status for r in ended} == {RunStatus.COMPLETED}
    assert [r.started_at for r in ended] == sorted(r.started_at or 0 for r in ended)


async def test_a_waiting_run_gives_its_slot_to_the_next(house: Any) -> None:
    document = house.graph(
        ("t", "manual_trigger"),
        ("w", "wait"),
        ("r", "result"),
        edges="t>w w>r",
        concurrency_limit=1,
    )
    workflow, _ = await house.publish(document)
    first = await house.again(workflow.workflow_id)
    await house.settle()
    second = await house.again(workflow.workflow_id)
    await house.settle()
    assert house.run(first).status is RunStatus.WAITING
    assert house.run(second).status is RunStatus.WAITING
    house.clock.advance(61)
    assert (await house.end(first)).status is RunStatus.COMPLETED
    assert (await house.end(second)).status is RunStatus.COMPLETED


async def test_the_time_without_a_server_does_not_count_towards_the_limit(house: Any) -> None:
    gate = block(house)
    document = house.graph(
        ("t", "manual_trigger"),
        ("c", "call", {}),
        edges="t>c",
        timeout_seconds=100,
        node_timeout_seconds=900,
    )
    started = await house.start(document)
    await house.settle()
    for _ in range(2):
        house.clock.advance(40.0)
        await house.close()
        house.clock.stop()
        house.clock.advance(1000.0)
        await house.open()
        await house.settle()
        await expire_runs(house.platform)
        assert house.run(started).status is RunStatus.RUNNING
    house.clock.advance(101.0)
    await expire_runs(house.platform)
    run = await house.end(started)
    gate.set()
    assert run.error is not None and run.error.message == "Execution timeout"


async def test_only_active_time_counts_towards_the_time_limit(house: Any) -> None:
    gate = block(house)
    document = house.graph(
        ("t", "manual_trigger"),
        ("w", "wait", {"seconds": 1000}),
        ("c", "call", {}),
        edges="t>w w>c",
        timeout_seconds=100,
        node_timeout_seconds=900,
    )
    started = await house.start(document)
    await house.settle()
    house.clock.advance(1000.0)
    await house.settle()
    await expire_runs(house.platform)
    assert house.run(started).status is RunStatus.RUNNING
    house.clock.advance(101.0)
    await expire_runs(house.platform)
    run = await house.end(started)
    gate.set()
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert (run.error.type, run.error.message) == ("RunTimeout", "Execution timeout")
    assert house.steps(run)["c"].status is StepStatus.CANCELLED


async def test_cancelling_stops_a_running_run_and_takes_a_queued_one_out(house: Any) -> None:
    gate = block(house)
    document = {**chain(house), "settings": {"concurrency_limit": 1}}
    workflow, _ = await house.publish(document)
    first = await house.again(workflow.workflow_id)
    second = await house.again(workflow.workflow_id)
    await cancel_run(house.platform, house.caller, second.run_id)
    await cancel_run(house.platform, house.caller, first.run_id, reason="enough")
    assert (await house.end(first)).status is RunStatus.CANCELLED
    assert (await house.end(second)).status is RunStatus.CANCELLED
    assert house.run(first).cancel_reason == "enough"
    gate.set()
    with pytest.raises(Conflict, match="already ended"):
        await cancel_run(house.platform, house.caller, first.run_id)


async def test_the_same_idempotency_key_starts_one_run(house: Any) -> None:
    workflow, _ = await house.publish(chain(house))
    runs = [
        await start_run(
            house.platform, house.caller, workflow.workflow_id, Trigger(), idempotency_key="order 7"
        )
        for _ in range(2)
    ]
    assert runs[0].run_id == runs[1].run_id
    await house.end(runs[0])
    assert len(house.calls) == 1


async def test_a_run_needs_a_published_version_and_a_trigger_of_it(house: Any) -> None:
    from weft.operations.create_workflow import create_workflow

    draft = await create_workflow(house.platform, house.caller, "draft")
    with pytest.raises(Conflict, match="never been published"):
        await house.again(draft.workflow_id)
    workflow, _ = await house.publish(chain(house))
    with pytest.raises(Invalid, match="'c' is not a trigger"):
        await start_run(house.platform, house.caller, workflow.workflow_id, Trigger(node="c"))
    with pytest.raises(NotFound):
        await house.again("nothing")
    with pytest.raises(PayloadTooLarge, match="256 KiB"):
        await house.again(workflow.workflow_id, "x" * 262_144)
    assert house.platform.store.runs.list_open() == []


async def test_an_interrupted_run_goes_on_after_a_restart_with_the_same_events(house: Any) -> None:
    block(house)
    started = await house.start(chain(house), 3)
    await house.settle()
    before = house.events(started)
    house.handlers.clear()
    await house.restart()
    run = await house.end(started)
    assert run.output == {"r": 3}
    after = house.events(run)
    assert after[: len(before)] == before
    assert [e.seq for e in after] == list(range(1, len(after) + 1))


async def test_a_run_admitted_but_not_started_when_the_process_died_is_started(house: Any) -> None:
    workflow, _ = await house.publish(chain(house))
    with pytest.raises(house.dead):
        await start_run(
            house.dying("host", "start"), house.caller, workflow.workflow_id, Trigger(data=5)
        )
    [run] = house.platform.store.runs.list_open()
    assert (run.status, run.execution_id) == (RunStatus.RUNNING, None)
    await house.restart()
    assert (await house.end(run)).output == {"r": 5}
    assert len(house.calls) == 1


async def test_a_run_that_ended_unseen_is_caught_up_with_after_a_restart(house: Any) -> None:
    started = await house.start(chain(house), 4)
    house.platform.host.listen(lambda run_id, events: None)
    await house.settle()
    assert house.run(started).status is not RunStatus.COMPLETED
    await house.restart()
    assert house.run(started).status is RunStatus.COMPLETED
    assert house.run(started).output == {"r": 4}


async def test_a_run_queued_when_the_process_died_is_started(house: Any) -> None:
    block(house)
    document = {**chain(house), "settings": {"concurrency_limit": 1}}
    workflow, _ = await house.publish(document)
    first = await house.again(workflow.workflow_id)
    with pytest.raises(house.dead):
        await start_run(
            house.dying("store", "runs.oldest_pending"),
            house.caller,
            workflow.workflow_id,
            Trigger(data=6),
        )
    queued = house.platform.store.runs.list_open()[-1]
    assert queued.status is RunStatus.PENDING
    house.handlers.clear()
    await house.restart()
    assert (await house.end(first)).status is RunStatus.COMPLETED
    assert (await house.end(queued)).output == {"r": 6}


async def test_a_run_started_but_not_noted_as_started_is_not_started_twice(house: Any) -> None:
    block(house)
    workflow, _ = await house.publish(chain(house))
    with pytest.raises(house.dead):
        await start_run(
            house.dying("store", "runs.set_execution"),
            house.caller,
            workflow.workflow_id,
            Trigger(),
        )
    house.handlers.clear()
    await house.restart()
    [run] = house.platform.store.runs.list(house.caller.tenant_id, PageRequest(), RunFilter()).items
    assert (await house.end(run)).status is RunStatus.COMPLETED
    assert len({call["key"] for call in house.calls}) == 1


async def test_a_cancel_noted_but_not_passed_on_takes_effect_after_a_restart(house: Any) -> None:
    block(house)
    started = await house.start(chain(house))
    await house.settle()
    with pytest.raises(house.dead):
        await cancel_run(house.dying("host", "cancel"), house.caller, started.run_id)
    await house.restart()
    assert (await house.end(started)).status is RunStatus.CANCELLED


async def test_progress_that_could_not_be_stored_is_stored_later_without_a_gap(house: Any) -> None:
    class Full:
        """A store whose disk is full for the first three writes of progress."""

        def __init__(self) -> None:
            self.left = 3
            self.runs = self

        def __getattr__(self, name: str) -> Any:
            store = house.platform.store
            return getattr(store.runs if hasattr(store.runs, name) else store, name)

        def save_progress(self, *args: Any) -> None:
            if self.left:
                self.left -= 1
                raise StorageUnavailable("the disk is full")
            house.platform.store.runs.save_progress(*args)

    full = Full()
    follower = RunFollower(replace(house.platform, store=full, projections={}), retry_seconds=0.01)
    house.platform.host.listen(follower.heard)
    run = await house.end(await house.start(chain(house), 8))
    await follower.close()
    assert (run.status, full.left) == (RunStatus.COMPLETED, 0)
    events = house.events(run)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert len(events) == 7


async def test_a_run_whose_node_types_are_gone_does_not_keep_the_others_back(house: Any) -> None:
    class Fewer:
        """A catalogue that has lost a node type."""

        def find(self, name: str) -> Any:
            return None if name == "wait" else complete.find(name)

        def names(self) -> tuple[str, ...]:
            return ()

    complete = house.types
    document = house.graph(("t", "manual_trigger"), ("w", "wait"), edges="t>w")
    lost = await house.start(document)
    block(house)
    kept = await house.start(chain(house), 2)
    await house.settle()
    house.handlers.clear()
    await house.close()
    house.types = Fewer()
    await house.open()
    assert (await house.end(kept)).status is RunStatus.COMPLETED
    assert not house.run(lost).status.ended
