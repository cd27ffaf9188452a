"""Each `runs/<name>.json` beside a golden is one run of it: what comes in, what the steps answer,
which states are entered, and how it ends. The engine must replay them; so must any other host."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from weft.asl.machines import innermost_first, resolved
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import HandlerError, ServiceError
from weft.engine.jsonata_fast import FastJsonata
from weft.nodekit.fused_call import is_fused
from weft.validation.fused import fused_answer

ROOT = Path(__file__).parents[2] / "statemachines" / "golden"
RUNS = sorted(ROOT.glob("*/runs/*.json"))
RUN = {
    "id": "run",
    "tenant": "tenant",
    "workflow": "workflow",
    "started_at": "2030-01-01T00:00:00Z",
}

Golden = Callable[[Path, str], None]


class Steps:
    """Answers in the order in which each node asks; a token is answered once it is out."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self.left = {node: list(given) for node, given in answers.items()}
        self.engine: Engine | None = None
        self.replies: list[asyncio.Task[None]] = []

    async def invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        if function == "http:invoke":
            return self._native(payload["arguments"])
        if is_fused(payload):
            return await fused_answer(payload, lambda call: self.invoke(function, call, deadline))
        answer = self.left[payload["node_id"]].pop(0)
        if "error" in answer:
            raise HandlerError(answer["error"], answer.get("message", ""))
        if "reply" in answer:
            self.replies.append(asyncio.create_task(self._reply(payload["token"], answer["reply"])))
        return {"outputs": answer.get("outputs", {})}

    def _native(self, arguments: Any) -> Any:
        """What the service answers the host itself: `answer`, or the error name `refused`."""
        node = arguments["Headers"]["Idempotency-Key"].split("/")[1]
        answer = self.left[node].pop(0)
        if "refused" in answer:
            raise ServiceError(answer["refused"], answer.get("message", ""))
        return answer["answer"]

    async def _reply(self, token: str, answer: Any) -> None:
        await asyncio.sleep(0)
        assert self.engine is not None
        self.engine.send_task_success(token, answer)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def made(engine: Engine, folder: Path) -> str:
    """The golden's machine, with those that it starts."""
    children = {path.name.split(".")[0]: read(path) for path in folder.glob("children/*.asl.json")}
    names: dict[str, str] = {}
    for child in innermost_first(children):
        kind = "EXPRESS" if child.startswith("express") else "STANDARD"
        names[child] = engine.create_machine(child, resolved(children[child], names), kind)
    return engine.create_machine("golden", resolved(read(folder / "workflow.asl.json"), names))


async def played(golden: Path, case: dict[str, Any]) -> dict[str, Any]:
    """How the engine runs the case; the states entered are those of all its machines."""
    steps = Steps(case["answers"])
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(
            Path(folder), invoke=steps.invoke, jsonata=FastJsonata(), clock=SkippingClock()
        )
        steps.engine = engine
        await engine.open()
        machine = made(engine, golden)
        given: Any = {"run": RUN, "trigger": case["trigger"]}
        ended = await engine.wait(engine.start(machine, "run", given))
        entered = [
            event.details["name"]
            for _, event in engine.histories(engine.list_executions())
            if event.type.endswith("StateEntered")
        ]
        await engine.close()
    return {
        "status": ended.status,
        "output": ended.output,
        "error": ended.error,
        "entered": sorted(entered),
        "unasked": {node: left for node, left in steps.left.items() if left},
    }


@pytest.mark.parametrize("path", RUNS, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_a_recorded_run_ends_as_it_was_recorded(path: Path, golden: Golden) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    found = {**case, "expect": asyncio.run(played(path.parents[1], case))}
    golden(path, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
