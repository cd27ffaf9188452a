"""What the journal grows by, how many transactions that takes, and what each one waits for."""

import asyncio
import itertools
from typing import Any

from tests.engine.conftest import Lab


def _rows(lab: Lab, table: str) -> int:
    [(count,)] = lab.engine._journal.read(f"SELECT count(*) FROM {table}")
    return int(count)


def _bytes(lab: Lab) -> int:
    [(size,)] = lab.engine._journal.read("SELECT sum(length(batch)) FROM events")
    return int(size)


def _call(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "lambda:invoke",
            "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
            "Output": "{% $states.result.Payload %}", **fields}  # fmt: skip


async def test_an_ended_run_leaves_its_history_and_nothing_else(lab: Lab) -> None:
    processor = {"StartAt": "T", "States": {"T": _call(End=True)}}
    states = {
        "M": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor, "Next": "W"},
        "W": {"Type": "Wait", "Seconds": 5, "End": True},
    }
    for _ in range(3):
        assert (await lab.run(states, {"n": 1})).status == "SUCCEEDED"
    assert [_rows(lab, t) for t in ("frames", "items", "answers", "unfinished")] == [0, 0, 0, 0]


async def test_growth_is_the_same_for_each_run_and_small(lab: Lab) -> None:
    states: dict[str, Any] = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(9)}
    states["S9"] = {"Type": "Pass", "End": True}
    sizes = []
    for n in range(4):
        await lab.run(states, {"n": n})
        sizes.append(_bytes(lab))
    grown = [after - before for before, after in itertools.pairwise(sizes)]
    assert max(grown) < 3_000
    assert max(grown) - min(grown) < 100


async def test_what_is_due_at_once_is_one_transaction_however_many_runs(still_lab: Any) -> None:
    lab = still_lab
    states = {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"}, "P": {"Type": "Pass", "End": True}}
    begun = [lab.start(states, n) for n in range(50)]
    await asyncio.sleep(0.01)
    commits: list[str] = []
    lab.engine._journal.db.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )
    lab.clock.advance(61)
    for execution in begun:
        assert (await lab.engine.wait(execution)).status == "SUCCEEDED"
    assert len(commits) == 1


async def test_each_transaction_is_flushed_to_the_disk(lab: Lab) -> None:
    full = 2  # sqlite.org/pragma.html#pragma_synchronous
    assert lab.engine._journal.read("PRAGMA synchronous") == [(full,)]
    assert lab.engine._journal.read("PRAGMA journal_mode") == [("wal",)]
