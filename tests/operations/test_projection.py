"""The projector's laws: batching, repetition and starting over change nothing."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.domain.run import Run
from weft.engine.errors import HandlerError
from weft.operations.create_workflow import create_workflow
from weft.operations.project_run_events import Plans, projection_of
from weft.operations.projection import Projection
from weft.operations.publish_workflow import publish_workflow

PLAIN = (
    "chain",
    "loop",
    "asks",
    "fails",
    "retries",
    "caught",
    "cancelled",
    "item",
    "branch",
    "race",
)
EXPRESS = ("chain", "loop", "fails", "retries", "caught", "cancelled", "item", "branch", "body")
FUSED = ("chain", "loop", "fails", "retries", "cancelled", "item", "branch", "body")
KINDS = (*PLAIN, *(f"express {kind}" for kind in EXPRESS), *(f"fused {kind}" for kind in FUSED))
LONG = 900  # seconds: two steps of these do not share a call


def document(house: Any, kind: str) -> dict[str, Any]:
    made: dict[str, Any]
    if kind.startswith("express "):
        made = document(house, kind.removeprefix("express "))
        for node in made["nodes"]:
            if node["type"] == "call" and node["id"] != "u":
                node["config"]["safe"] = True
                node["timeout_seconds"] = LONG
        return made
    if kind.startswith(("fused ", "apart ")):
        made = document(house, kind.split()[1])
        for edge in made["edges"]:
            if edge["target"] == "c":
                edge["target"] = "e"
        made["edges"].append({"source": "e", "target": "c"})
        made["nodes"].append({"id": "e", "type": "call", "config": {"value": 7, "safe": True}})
        for node in made["nodes"]:
            if node["type"] == "call" and kind.startswith("apart "):
                node["timeout_seconds"] = LONG
            if kind.endswith("body") and node["id"] in "cd":
                node["config"]["safe"] = True
        return made
    if kind == "body":
        made = house.graph(
            ("t", "manual_trigger"),
            ("l", "each", {"items": [[1, 2], [3]]}),
            ("m", "each", {"items": "{{l.item}}"}),
            ("c", "call", {"value": "{{m.item}}"}),
            ("d", "call", {"value": "{{c}}"}),
            ("u", "call", {"value": "{{d}}"}),
            ("r", "result"),
            edges="t>l.input l.item>m.input m.item>c c>d d>u u>m.back m.done>l.back l.done>r",
        )
        return made
    if kind in ("loop", "item"):
        made = house.graph(
            ("t", "manual_trigger"),
            ("l", "each", {"items": [1, 2, 3]}),
            ("c", "call", {"value": "{{l.item}}"}),
            ("s", "set", {"value": "{{c}}"}),
            ("r", "result"),
            edges="t>l.input l.item>c c>s s>l.back l.done>r",
        )
        return made
    if kind == "race":
        made = house.graph(
            ("t", "manual_trigger"),
            ("c", "call", {"value": 1}),
            ("d", "call", {"value": 2}),
            ("m", "race"),
            ("r", "result"),
            edges="t>c t>d c>m d>m m>r",
        )
        return made
    if kind == "asks":
        made = house.graph(
            ("t", "manual_trigger"),
            ("c", "call", {"value": 1}),
            ("a", "ask"),
            ("y", "set", {"value": "yes"}),
            ("n", "set", {"value": "no"}),
            edges="t>c t>a a.approved>y a.rejected>n",
        )
        return made
    made = house.graph(
        ("t", "manual_trigger"),
        ("c", "call", {"value": 1}),
        ("d", "call", {"value": 2}),
        ("s", "set", {"value": "{{c}}"}),
        ("r", "result"),
        edges="t>c t>d c>s s>r" + (" c.error>d" if kind == "caught" else ""),
    )
    if kind == "caught":
        made["edges"] = [e for e in made["edges"] if (e["source"], e["target"]) != ("t", "d")]
        made["nodes"][1]["on_error"] = "branch"
    return made


def script(house: Any, kind: str) -> None:
    kind = kind.split()[-1]

    def answer(payload: Any) -> Any:
        if kind in ("fails", "caught", "branch") or (
            kind == "item" and payload["config"]["value"] == 2
        ):
            raise HandlerError("PermanentStepError", "broken")
        if kind == "retries" and payload["attempt"] < 3:
            raise HandlerError("TransientStepError", "busy")
        return {
            "outputs": {"output": payload["config"]["value"]},
            "logs": [{"level": "info", "message": "hello"}],
            "usage": {"input_tokens": 3, "output_tokens": 2, "cost_usd": 0.5},
        }

    async def never(payload: Any) -> Any:
        await asyncio.Event().wait()

    house.handlers["c"] = answer
    if kind in ("branch", "race"):
        house.handlers["d"] = never


async def history_of(house: Any, kind: str) -> tuple[Run, Any]:
    from weft.domain.approval import Decision
    from weft.domain.page import PageRequest
    from weft.operations.cancel_run import cancel_run
    from weft.operations.decide_approval import decide_approval
    from weft.operations.list_approvals import list_approvals

    script(house, kind)
    run = await house.start(document(house, kind))
    if kind.endswith("cancelled"):
        await cancel_run(house.platform, house.caller, run.run_id)
    await house.settle()
    if kind == "asks":
        page = await list_approvals(house.platform, house.caller, PageRequest())
        approval_id = page.items[0].approval_id
        house.clock.advance(50.0)
        await decide_approval(house.platform, house.caller, approval_id, Decision("approved"))
    for _ in range(5):
        house.clock.advance(20.0)
        await house.settle()
    ended = await house.end(run)
    assert ended.status.ended
    return ended, await house.platform.host.history(ended.execution_id)


def shape(projection: Projection, batches: Sequence[Any]) -> Any:
    """Everything that comes out of a projection, however it is fed."""
    events: list[Any] = []
    logs: list[Any] = []
    steps: dict[Any, Any] = {}
    run = projection.run
    for batch in batches:
        assert projection.feed(batch)
        made = projection.take()
        events += made.events
        logs += made.logs
        steps |= {(step.node_id, step.path): step for step in made.steps}
        run = made.run
    return run, events, logs, steps


@pytest.mark.parametrize("kind", KINDS)
async def test_any_batching_and_repetition_gives_the_same(house: Any, kind: str) -> None:
    run, history = await history_of(house, kind)
    plans = Plans()

    def fresh() -> Projection:
        return projection_of(house.platform, plans, run)

    whole = shape(fresh(), [history])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, len(history)), st.integers(0, 4)), max_size=12))
    def check(cuts: list[tuple[int, int]]) -> None:
        batches, at = [], 0
        for cut, again in sorted(cuts):
            batches.append(history[max(0, at - again) : cut])
            at = max(at, cut)
        batches.append(history[at:])
        assert shape(fresh(), batches) == whole

    check()
    stored = house.platform.store.runs
    assert whole[0] == run
    assert whole[1] == stored.list_events(run.tenant_id, run.run_id, 0, 1000)
    assert sorted(whole[3].values(), key=lambda s: s.order) == stored.list_steps(
        run.tenant_id, run.run_id
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_numbers_have_no_gaps_and_every_started_step_ends(house: Any, kind: str) -> None:
    run, history = await history_of(house, kind)
    ended, events, _, steps = shape(projection_of(house.platform, Plans(), run), [history])
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert events[0].type == "execution.started"
    assert [e for e in events if e.type.ends_run] == events[-1:]
    assert ended.last_seq == len(events)
    assert all(s.status in ("success", "error", "skipped", "cancelled") for s in steps.values())


async def test_missing_history_is_noticed(house: Any) -> None:
    run, history = await history_of(house, "chain")
    projection = projection_of(house.platform, Plans(), run)
    assert projection.feed(history[:3])
    assert not projection.feed(history[4:])
    assert projection.feed(history[3:])


async def test_a_machine_that_was_started_is_nobody_who_is_waited_for(house: Any) -> None:
    run, history = await history_of(house, "express chain")
    shared = {"resourceType": "states", "resource": "startExecution.sync:2", "output": {}}
    told: list[Any] = []
    later = 0  # Step Functions tells of a Standard machine's start, of an Express one's not
    for event in history:
        if event.execution:
            told.append(event)
            continue
        told.append(replace(event, id=event.id + later))
        if event.type == "TaskStarted" and event.details["resourceType"] == "aws-sdk:sfn":
            later += 1
            told.append(replace(event, id=event.id + later, type="TaskSubmitted", details=shared))
    assert later
    wanted = shape(projection_of(house.platform, Plans(), run), [history])
    assert shape(projection_of(house.platform, Plans(), run), [told]) == wanted


async def test_waiting_time_is_not_active_time(house: Any) -> None:
    run, _ = await history_of(house, "asks")
    assert run.finished_at is not None
    assert run.started_at is not None
    assert run.finished_at - run.started_at >= 50_000
    assert run.active_ms == 0


@pytest.mark.parametrize("kind", [kind for kind in EXPRESS if kind != "cancelled"])
async def test_steps_in_an_express_region_look_as_those_outside(house: Any, kind: str) -> None:
    seen = []
    for name in (kind, f"express {kind}"):
        run, history = await history_of(house, name)
        assert name == kind or any(event.execution for event in history)
        seen.append(looks(house, run))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", [kind for kind in FUSED if kind not in ("cancelled", "item")])
async def test_steps_that_share_a_call_look_as_those_called_alone(house: Any, kind: str) -> None:
    seen, called = [], []
    for name in (f"apart {kind}", f"fused {kind}"):
        run, history = await history_of(house, name)
        called.append(sum(event.type == "TaskScheduled" for event in history))
        seen.append(looks(house, run))
    assert seen[0] == seen[1]
    assert called[0] > called[1]


async def test_a_step_that_shares_a_call_has_its_own_time(house: Any) -> None:
    run, history = await history_of(house, "fused chain")
    answered = next(k for k, e in enumerate(history) if "begun_ms" in str(e.details))
    for number, trace in enumerate(history[answered].details["output"]["Payload"]["steps"]):
        trace["begun_ms"], trace["ended_ms"] = 1000 * number, 1000 * number + 400
    later = [replace(event, timestamp=event.timestamp + 3) for event in history[answered:]]
    projection = projection_of(house.platform, Plans(), run)
    steps = shape(projection, [[*history[:answered], *later]])[3]
    began = steps["e", ""].started_at
    seen = [
        (steps[name, ""].started_at - began, steps[name, ""].completed_at - began) for name in "ec"
    ]
    assert seen == [(0, 400), (1000, 1400)]


def looks(house: Any, run: Run) -> str:
    """A run with its steps and events, without what two runs never share."""
    steps = {
        at: (step.status, step.attempts, step.output, step.error, step.input)
        for at, step in house.steps(run).items()
    }
    kinds = sorted((e.type, e.node_id or "", e.path) for e in house.events(run))
    told = (run.status, run.output, run.error, run.totals, sorted(steps.items()), kinds)
    return re.sub(r"'timestamp': '[^']*'", "", repr(told))


@pytest.mark.parametrize("kind", ("chain", "loop", "caught"))
async def test_nodes_without_a_state_leave_the_same_steps_as_with_one(
    house: Any, kind: str
) -> None:
    script(house, kind)
    left = []
    for optimise in (True, False):
        workflow = await create_workflow(
            house.platform, house.caller, "x", graph=document(house, kind)
        )
        await publish_workflow(
            house.platform, house.caller, workflow.workflow_id, optimise=optimise
        )
        run = await house.end(await house.again(workflow.workflow_id))
        steps = house.steps(run)
        left.append((run.status, run.output, {n: (s.status, s.output) for n, s in steps.items()}))
    assert left[0] == left[1]


async def test_who_loses_a_race_is_skipped_and_the_winners_value_goes_on(house: Any) -> None:
    run, _ = await history_of(house, "race")
    steps = house.platform.store.runs.list_steps(run.tenant_id, run.run_id)
    assert run.status == "completed"
    assert run.output == {"r": 1}
    assert {(step.node_id, step.path): step.status for step in steps} == {
        ("t", ""): "success",
        ("c", "0"): "success",
        ("d", "1"): "skipped",
        ("m", ""): "success",
        ("r", ""): "success",
    }
    assert all(step.completed_at for step in steps if step.started_at)
