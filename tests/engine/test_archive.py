"""What is archived, what stays, and that the journal gets smaller."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Conflict
from weft.engine.archive import Archived, archive
from weft.engine.errors import ExecutionNotFound, JournalLocked
from weft.engine.journal import Journal

INNER = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


def _archive(lab: Any, file: Path, ended_before: float = 1e12) -> Archived:
    return archive(Journal(lab.folder), file, ended_before, lambda journal: None)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


async def test_what_ended_goes_to_the_file_with_its_history(lab: Any, tmp_path: Path) -> None:
    states = {"P": {"Type": "Pass", "End": True}}
    ended = [await lab.run(states, {"x": [n, "y" * 3000]}) for n in range(40)]
    events = lab.engine.history(ended[0].id)
    await lab.engine.close()
    done = _archive(lab, tmp_path / "old.gz")
    assert done.executions == 40
    assert done.after < done.before
    lines = _lines(tmp_path / "old.gz")
    assert [line["id"] for line in lines] == [row.id for row in ended]
    assert [e["type"] for e in lines[0]["history"]] == [e.type for e in events]
    assert lines[0]["history"][0]["details"]["input"] == ended[0].input
    assert (tmp_path / "old.gz").stat().st_mode & 0o777 == 0o600
    lab.engine = lab.make()
    await lab.engine.open()
    with pytest.raises(ExecutionNotFound):
        lab.engine.describe(ended[0].id)
    assert lab.engine.list_executions() == []
    assert (await lab.run(states, 1)).status == "SUCCEEDED"


async def test_what_is_young_or_open_stays_and_goes_on(lab: Any, tmp_path: Path) -> None:
    old = await lab.run({"P": {"Type": "Pass", "End": True}})
    limit = lab.clock.now() + 1
    lab.clock.advance(10)
    young = await lab.run({"P": {"Type": "Pass", "End": True}})
    waits = {"Type": "Task", "Resource": "lambda:invoke.waitForTaskToken", "End": True,
             "Arguments": {"FunctionName": "ask",
                           "Payload": {"token": "{% $states.context.Task.Token %}"}}}  # fmt: skip
    begun = lab.start({"A": waits})
    while not lab.calls:
        await asyncio.sleep(0)
    await lab.engine.close()
    assert _archive(lab, tmp_path / "old.gz", limit).executions == 1
    assert [line["id"] for line in _lines(tmp_path / "old.gz")] == [old.id]
    lab.engine = lab.make()
    await lab.engine.open()
    assert lab.engine.describe(young.id).status == "SUCCEEDED"
    lab.engine.send_task_success(lab.calls[0][1]["token"], "yes")
    assert (await lab.engine.wait(begun)).output == "yes"


async def test_what_an_open_execution_started_stays(still_lab: Any, tmp_path: Path) -> None:
    lab = still_lab
    inner = lab.engine.create_machine("inner", INNER)
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
             "Arguments": {"StateMachineArn": inner}, "Next": "W"}  # fmt: skip
    lab.start({"S": start, "W": {"Type": "Wait", "Seconds": 60, "End": True}})
    alone = lab.engine.start(inner, "alone", 1)
    await lab.engine.wait(alone)
    while len(lab.engine.list_executions()) < 3:
        await asyncio.sleep(0)
    nested = next(e for e in lab.engine.list_executions() if e.startswith("inner:") and e != alone)
    await lab.engine.wait(nested)
    await lab.engine.close()
    assert _archive(lab, tmp_path / "old.gz").executions == 1
    assert [line["id"] for line in _lines(tmp_path / "old.gz")] == [alone]
    lab.engine = lab.make()
    await lab.engine.open()
    assert lab.engine.describe(nested).status == "SUCCEEDED"


async def test_a_running_engine_or_a_taken_file_is_refused(lab: Any, tmp_path: Path) -> None:
    await lab.run({"P": {"Type": "Pass", "End": True}})
    with pytest.raises(JournalLocked):
        _archive(lab, tmp_path / "old.gz")
    (tmp_path / "taken").touch()
    await lab.engine.close()
    with pytest.raises(Conflict):
        _archive(lab, tmp_path / "taken")
    assert _archive(lab, tmp_path / "old.gz", 0).executions == 0
    assert not (tmp_path / "old.gz").exists()
