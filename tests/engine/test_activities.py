"""Activities in the engine: what workers of a socket cannot show."""

import asyncio
from typing import Any

import pytest

from weft.engine.errors import ActivityNotFound, DefinitionInvalid
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.operations.activities import get_task
from weft.stepfunctions.service import Service

ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:a"
TASK = {"Type": "Task", "Resource": ACTIVITY, "End": True}


async def test_nobody_is_given_anything_when_nothing_comes(lab: Any) -> None:
    lab.engine.activities.create(ACTIVITY)
    assert await lab.engine.activities.take(ACTIVITY, None, 0.01) is None
    with pytest.raises(ActivityNotFound):
        await lab.engine.activities.take("other", None, 0.01)


async def test_a_worker_for_whom_nothing_comes_is_given_no_token(lab: Any) -> None:
    service = Service(lab.engine, Arns(), lab.invoke, poll_seconds=0.01)
    lab.engine.activities.create(ACTIVITY)
    given = await get_task(service, {"activityArn": ACTIVITY})
    assert given == {"taskToken": None}


async def test_a_task_that_is_tried_again_is_given_again(lab: Any) -> None:
    lab.engine.activities.create(ACTIVITY)
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]
    execution = lab.start({"T": {**TASK, "TimeoutSeconds": 5, "Retry": retry}}, 7)
    first = await lab.engine.activities.take(ACTIVITY, None, 5)
    second = await lab.engine.activities.take(ACTIVITY, None, 5)
    assert first.input == second.input == 7
    assert first.token != second.token
    lab.engine.send_task_success(second.token, 8)
    assert (await lab.engine.wait(execution)).output == 8


async def test_a_worker_that_gave_up_takes_nothing_from_the_next(lab: Any) -> None:
    lab.engine.activities.create(ACTIVITY)
    asking = asyncio.ensure_future(lab.engine.activities.take(ACTIVITY, "gone", 60))
    await asyncio.sleep(0)
    asking.cancel()
    lab.start({"T": TASK}, 7)
    work = await lab.engine.activities.take(ACTIVITY, "next", 5)
    assert work.input == 7


async def test_a_run_whose_frames_are_not_in_memory_is_found(lab: Any) -> None:
    lab.engine.activities.create(ACTIVITY)
    runs = [lab.start({"T": TASK}, n) for n in range(lab.settings.resident_runs + 2)]
    assert lab.engine.resident_runs() < len(runs)
    work = await lab.engine.activities.take(ACTIVITY, None, 5)
    assert work.input == 0
    lab.engine.send_task_success(work.token, "done")
    assert (await lab.engine.wait(runs[0])).output == "done"


def test_an_express_machine_has_no_activities(lab: Any) -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": TASK}}
    with pytest.raises(DefinitionInvalid):
        lab.engine.create_machine("m", definition, kind="EXPRESS")
