"""kill -9 at random moments: every run ends, and no finished step is done again."""

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from weft.engine.engine import Engine
from weft.engine.jsonata_fast import FastJsonata

CHILD = Path(__file__).parent / "crash_child.py"
KILLS = 8


def test_killing_the_process_loses_no_run_and_changes_no_payload(tmp_path: Path) -> None:
    chance = random.Random(20_261_121)
    for _ in range(KILLS):
        child = subprocess.Popen([sys.executable, str(CHILD), str(tmp_path)])
        time.sleep(0.45 + chance.random() * 0.6)
        child.kill()
        child.wait()
    subprocess.run([sys.executable, str(CHILD), str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "finished").exists()
    payloads: dict[str, set[str]] = defaultdict(set)
    for line in (tmp_path / "calls.log").read_text().splitlines():
        key, _, payload = line.partition(" ")
        payloads[key].add(payload)
    for state in ("One", "Three", "Four", "Two"):  # one execution of each machine for each run
        assert len([k for k in payloads if k.endswith(f"/{state}")]) == 12
    for key, seen in payloads.items():
        # A call may go out twice, but then with the payload that was journalled the first time.
        assert len(seen) == (3 if key.endswith("/Item") else 1), key
    asyncio.run(compare_histories(tmp_path))


async def compare_histories(folder: Path) -> None:
    """All runs of a machine have the same events, each exactly once, however often the process
    died; what they started belongs to them, in an order that can be repeated."""

    async def never(function: str, payload: object, deadline: float | None) -> object:
        raise AssertionError("nothing is left to call")

    engine = Engine(folder, invoke=never, jsonata=FastJsonata())
    await engine.open()
    shapes = set()
    executions = engine.list_executions()
    assert len(executions) == 24
    order = [(name, event.id) for name, event in engine.histories(executions)]
    assert order == [(name, event.id) for name, event in engine.histories(executions)]
    for execution in executions:
        events = engine.history(execution)
        assert [e.id for e in events] == list(range(1, len(events) + 1))
        assert [at for name, at in order if name == execution] == [e.id for e in events]
        shapes.add((execution.split(":")[0], *sorted((e.type, e.path) for e in events)))
    await engine.close()
    assert len(shapes) == 2
