"""A host for differential runs: the embedded engine, with an oracle where handlers would be."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as Folder
from typing import Any

from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import HandlerError, TaskTimedOut
from weft.engine.execution import Execution
from weft.engine.jsonata_fast import FastJsonata
from weft.semantics.answers import Activation, Failed, Ok, Path
from weft.semantics.equivalence import Observed
from weft.semantics.outcome import Called
from weft.validation.oracle import SeededOracle

STARTED = "2027-01-15T08:00:00Z"


@dataclass(slots=True)
class _Sight:
    """What one run has shown so far."""

    oracle: SeededOracle
    calls: dict[Activation, list[Any]] = field(default_factory=dict)


class OracleHost:
    """An async context: inside it, `run` executes definitions. Time is skipped, not spent."""

    def __init__(self, folder: Folder) -> None:
        self._sights: dict[str, _Sight] = {}
        self._clock = SkippingClock()
        self._engine = Engine(folder, invoke=self._invoke, jsonata=FastJsonata(), clock=self._clock)
        self._count = 0
        self._late: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "OracleHost":
        await self._engine.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._engine.close()

    async def run(
        self, definition: Mapping[str, Any], trigger: Any, oracle: SeededOracle
    ) -> tuple[Observed, dict[Activation, int], Execution]:
        """One run: what was seen of it, how often each effect was tried, and how it ended."""
        self._count += 1
        run_id = f"run{self._count}"
        sight = self._sights[run_id] = _Sight(oracle)
        machine = self._engine.create_machine(run_id, dict(definition))
        run = {"id": run_id, "workflow": "w", "tenant": "t", "started_at": STARTED}
        ended = await self._engine.wait(
            self._engine.start(machine, run_id, {"run": run, "trigger": trigger})
        )
        calls = {at: len(seen) for at, seen in sight.calls.items()}
        return _observed(sight, ended), calls, ended

    async def _invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        run_id, node_id, path = _activation(payload["key"])
        sight = self._sights[run_id]
        seen = sight.calls.setdefault((node_id, path), [])
        seen.append({"config": payload["config"], "inputs": payload["inputs"]})
        attempts = list(sight.oracle.attempts(node_id, path))
        if len(seen) > len(attempts):
            raise HandlerError("PermanentStepError", "tried again after its end")
        answer = attempts[len(seen) - 1]
        token = payload.get("token")
        if isinstance(answer, Failed):
            raise HandlerError(answer.type, answer.message)
        if isinstance(answer, Ok) and token is not None:
            self._clock.begin_work()  # no time passes until the answer is there
            task = asyncio.create_task(self._reply(token, answer))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        return {"outputs": dict(answer.outputs) if isinstance(answer, Ok) else {}}

    async def _reply(self, token: str, answer: Ok) -> None:
        await asyncio.sleep(0)  # after the call itself has returned
        try:
            with contextlib.suppress(TaskTimedOut):  # the run has failed elsewhere meanwhile
                self._engine.send_task_success(token, dict(answer.outputs))
        finally:
            self._clock.end_work()


def _activation(key: str) -> tuple[str, str, Path]:
    run_id, node_id, *rest = key.split("/")
    return run_id, node_id, tuple(int(i) for i in re.findall(r"\d+", "/".join(rest)))


def _observed(sight: _Sight, ended: Execution) -> Observed:
    effects = []
    for (node_id, path), seen in sight.calls.items():
        effects += [Called(node_id, path, seen[0])]
        if any(again != seen[0] for again in seen):
            effects += [Called(node_id, path, again) for again in seen[1:]]
    if ended.status != "SUCCEEDED":
        return Observed("failed", effects, error_type=ended.error)
    output: Any = ended.output
    return Observed("completed", effects, output["result"], output.get("response"))
