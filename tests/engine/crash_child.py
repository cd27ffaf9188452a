"""Runs a fixed workload until it is killed; the crash test starts it again and again."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from weft.engine.engine import Engine
from weft.engine.jsonata_fast import FastJsonata

RUNS = 12


def call(after: str | None) -> dict[str, Any]:
    """A call with a random number in its payload, journalled before it goes out."""
    payload = {"key": "{% $states.context.Execution.Name & '/' & $states.context.State.Name %}",
               "r": "{% $random() %}"}  # fmt: skip
    return {
        "Type": "Task",
        "Resource": "lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": payload},
        "Output": "{% $states.result.Payload %}",
        **({"Next": after} if after else {"End": True}),
    }


def definition() -> dict[str, Any]:
    """Calls, a Wait, a Map of calls, and calls in a machine that is waited for."""
    processor = {"StartAt": "Item", "States": {"Item": call(None)}}
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "One",
        "States": {
            "One": call("Nap"),
            "Nap": {"Type": "Wait", "Seconds": 1, "Next": "Each"},
            "Each": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor, "Next": "Sub"},
            "Sub": {
                "Type": "Task",
                "Resource": "aws-sdk:sfn:startSyncExecution",
                "Arguments": {
                    "StateMachineArn": "inner",
                    "Name": "{% $states.context.Execution.Name %}",
                    "Input": {},
                },
                "Output": "{% $parse($states.result.Output) %}",
                "Next": "Two",
            },
            "Two": call(None),
        },
    }


def inner() -> dict[str, Any]:
    """Two calls, one after the other."""
    states = {"Three": call("Four"), "Four": call(None)}
    return {"QueryLanguage": "JSONata", "StartAt": "Three", "States": states}


async def main(folder: Path) -> None:
    """Start the runs that are not there yet, then wait for all of them."""
    log = (folder / "calls.log").open("a")

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        log.write(f"{payload['key']} {payload['r']}\n")
        log.flush()
        await asyncio.sleep(0.004)
        return payload["r"]

    engine = Engine(folder, invoke=invoke, jsonata=FastJsonata())
    await engine.open()
    engine.create_machine("inner", inner(), "EXPRESS")
    engine.create_machine("m", definition())
    known = set(engine.list_executions())
    for i in range(RUNS):
        if f"m:run{i}" not in known:
            engine.start("m", f"run{i}", i)
            await asyncio.sleep(0.002)
    for i in range(RUNS):
        ended = await engine.wait(f"m:run{i}")
        assert ended.status == "SUCCEEDED", ended
    await engine.close()
    (folder / "finished").touch()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
