"""A host for differential runs: the embedded engine, with an oracle where handlers would be."""

import asyncio
import contextlib
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as Folder
from typing import Any, TypeAlias

from weft.asl.http_task import HTTP_INVOKE, STATUS, own_error
from weft.asl.machines import innermost_first, resolved
from weft.asl.raised import restored
from weft.compiler.artefact import Artefact
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import HandlerError, ServiceError, TaskTimedOut
from weft.engine.events import HistoryEvent
from weft.engine.execution import Execution
from weft.engine.journal import Journal
from weft.engine.jsonata_fast import shared
from weft.nodekit.fused_call import is_fused
from weft.semantics.answers import Activation, Answer, Failed, Ok, Path
from weft.semantics.equivalence import Observed
from weft.semantics.outcome import Called
from weft.validation.claims import ShownClaims
from weft.validation.fused import fused_answer
from weft.validation.oracle import TRANSIENT, SeededOracle

STARTED = "2027-01-15T08:00:00Z"


@dataclass(frozen=True, slots=True)
class Played:
    """One run: what was seen of it, how often each effect was tried, how each ended, in the order
    in which the host was told, the execution, and how many values travelled as claims."""

    observed: Observed
    calls: Mapping[Activation, int]
    answers: list[tuple[Activation, Answer]]
    ended: Execution
    claims: int


@dataclass(slots=True)
class _Sight:
    """What one run has shown so far."""

    oracle: SeededOracle
    calls: dict[Activation, list[Any]] = field(default_factory=dict)
    answers: list[tuple[Activation, Answer]] = field(default_factory=list)
    claims: ShownClaims = field(default_factory=ShownClaims)


# Seconds of the host's own time that an activation takes to answer in a run.
Pace: TypeAlias = Callable[[SeededOracle, Activation], float]


def at_once(oracle: SeededOracle, at: Activation) -> float:
    """Every answer comes as soon as it is asked for."""
    return 0.0


class OracleHost:
    """An async context: inside it, `run` executes definitions. Time is skipped, not spent.

    `pace`: how long effects take, which decides who comes first where branches meet.
    """

    def __init__(self, folder: Folder, pace: Pace = at_once) -> None:
        self._sights: dict[str, _Sight] = {}
        self._pace = pace
        self._clock = SkippingClock()
        # Nothing here outlives the process, so nothing has to reach the disk.
        journal = Journal(folder, synchronous="NORMAL")
        self._engine = Engine(journal, invoke=self._invoke, jsonata=shared(), clock=self._clock)
        self._machines = self._runs = 0
        self._children: dict[str, str] = {}  # machine → the child it was loaded for
        self._late: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "OracleHost":
        await self._engine.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._engine.close()

    def load(self, artefact: Artefact) -> str:
        """A machine for `run`, and those that it starts. Raises DefinitionInvalid."""
        self._machines += 1
        name, children = f"m{self._machines}", artefact.children
        made: dict[str, str] = {}
        for child in innermost_first({key: c.definition for key, c in children.items()}):
            definition = resolved(children[child].definition, made)
            kind = children[child].type
            made[child] = self._engine.create_machine(f"{name}-{child}", definition, kind)
            self._children[made[child]] = child
        return self._engine.create_machine(name, resolved(artefact.definition, made))

    async def run(self, machine: str, trigger: Any, oracle: SeededOracle) -> Played:
        """One run from its start to its end."""
        self._runs += 1
        run_id = f"run{self._runs}"
        sight = self._sights[run_id] = _Sight(oracle)
        run = {"id": run_id, "workflow": "w", "tenant": "t", "started_at": STARTED}
        ended = await self._engine.wait(
            self._engine.start(machine, run_id, {"run": run, "trigger": trigger})
        )
        calls = {at: len(seen) for at, seen in sight.calls.items()}
        return Played(
            _observed(sight, ended), calls, list(sight.answers), ended, len(sight.claims.made)
        )

    def history(self, played: Played) -> list[HistoryEvent]:
        """What the host wrote down of a run itself."""
        return self._engine.history(played.ended.id)

    def histories(self, played: Played) -> list[tuple[str, list[HistoryEvent]]]:
        """What the host wrote down of the latest run: its own events under "", then those of each
        execution that it started, under its child's name."""
        found: list[tuple[str, list[HistoryEvent]]] = []
        for execution in self._engine.list_executions():
            child = self._children.get(self._engine.describe(execution).machine, "")
            found.insert(0, (child, self._engine.history(execution)))
            if execution == played.ended.id:
                break
        return found

    async def _invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        if function != HTTP_INVOKE and is_fused(payload):
            return await fused_answer(payload, lambda call: self._invoke("", call, None))
        native = function == HTTP_INVOKE
        key, asked = _native(payload) if native else (payload["key"], _called(payload))
        run_id, node_id, path = _activation(key)
        sight = self._sights[run_id]
        if not native:
            asked = sight.claims.redeemed(asked)
        seen = sight.calls.setdefault((node_id, path), [])
        seen.append(asked)
        seconds = self._pace(sight.oracle, (node_id, path))
        if seconds:
            await self._clock.sleep(seconds)
        attempts = list(sight.oracle.attempts(node_id, path))
        if len(seen) > len(attempts):
            raise HandlerError("PermanentStepError", "tried again after its end")
        answer = attempts[len(seen) - 1]
        token = payload.get("token")
        if len(seen) == len(attempts) and (token is None or not isinstance(answer, Ok)):
            sight.answers.append(((node_id, path), answer))
        if native:
            return _host_answer(answer)
        if isinstance(answer, Failed):
            raise HandlerError(answer.type, answer.message)
        if isinstance(answer, Ok) and token is not None:
            self._clock.begin_work()  # no time passes until the answer is there
            task = asyncio.create_task(self._reply(sight, (node_id, path), token))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        if not isinstance(answer, Ok):
            return {"outputs": {}}
        dice = random.Random(f"{sight.oracle.seed}/{key}")  # noqa: S311 - repeatable
        return {"outputs": sight.claims.claimed(answer.outputs, payload.get("claims", {}), dice)}

    async def _reply(self, sight: _Sight, at: Activation, token: str) -> None:
        await asyncio.sleep(0)  # after the call itself has returned
        answer = sight.oracle(*at, None)
        assert isinstance(answer, Ok)
        try:
            with contextlib.suppress(TaskTimedOut):  # the run has failed elsewhere meanwhile
                self._engine.send_task_success(token, dict(answer.outputs))
                sight.answers.append((at, answer))
        finally:
            self._clock.end_work()


def _called(payload: Any) -> Any:
    return {"config": payload["config"], "inputs": payload["inputs"]}


def _native(payload: Any) -> tuple[str, Any]:
    """Key and arguments of a call of the host's own; the key is no argument of the node's."""
    headers = dict(payload["arguments"]["Headers"])
    key = headers.pop("Idempotency-Key")
    return key, {"native": {**payload["arguments"], "Headers": headers}}


def _host_answer(answer: Answer) -> dict[str, Any]:
    """As the service gives what the oracle says. Raises `ServiceError`."""
    if isinstance(answer, Failed):
        name = f"{STATUS}503" if answer.type == TRANSIENT else f"{STATUS}404"
        raise ServiceError(name, answer.message)
    assert isinstance(answer, Ok)
    given: Mapping[str, Any] = answer.outputs
    headers = given.get("headers", {})
    return {
        "StatusCode": given.get("status", 200),
        "Headers": {name.title(): [value] for name, value in headers.items()},
        "ResponseBody": given.get("response", given.get("output")),
    }


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
        return Observed(
            "failed",
            effects,
            error_type=own_error(restored(ended.error or "", ended.cause or "")[0]),
        )
    output: Any = sight.claims.redeemed(ended.output)
    return Observed("completed", effects, output["result"], output.get("response"))
