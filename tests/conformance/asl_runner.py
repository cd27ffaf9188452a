"""Answers recorded-case requests, one JSON object per line, with our engine.

Reads `{"id", "definition", "input", "type"}` and writes `{"status", "output" | "error", "cause",
"event_types"}`. `--jsonata reference` uses the second JSONata library. Time skips over waits.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from weft.domain.errors import WeftError
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import DefinitionInvalid, HandlerError
from weft.engine.json import from_json, to_json
from weft.engine.jsonata import Jsonata
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata
from weft.engine.own_history import own_history
from weft.stepfunctions.arns import Arns

# States read them from the context object.
ARNS = Arns(account="111111111111")
ROLE = {"roleArn": "arn:aws:iam::111111111111:role/any"}


class CorpusFunctions:
    """The functions that the recorded cases call."""

    def __init__(self, clock: SkippingClock) -> None:
        self._clock = clock

    async def __call__(self, function: str, payload: Any, deadline: float | None) -> Any:
        """Answer as the recorded function of that name did."""
        name = function.rsplit(":", 1)[-1]
        if name == "corpus-sleep-60":
            await self._clock.sleep(60)
        if name == "corpus-raise":
            raise HandlerError("Exception", "Some exception was raised.")
        if name == "corpus-raise-custom":
            raise HandlerError("CustomException", "")
        answers = {
            "corpus-hello": {"Return": "HelloWorld"},
            "corpus-bytes": "HelloWorld!",
            "corpus-large": "x" * (257 * 1024),
        }
        return answers.get(name, payload)


async def answer(request: dict[str, Any], jsonata: Jsonata, folder: Path) -> dict[str, Any]:
    """Run one case in a journal of its own."""
    clock = SkippingClock()
    engine = Engine(folder, invoke=CorpusFunctions(clock), jsonata=jsonata, clock=clock, names=ARNS)
    await engine.open()
    try:
        try:
            machine = engine.create_machine("case", request["definition"], request["type"], ROLE)
            execution = engine.start(machine, "run", request["input"])
        except DefinitionInvalid as error:
            return {"status": "REJECTED", "cause": str(error)}
        except WeftError as error:
            return {"status": "REJECTED", "cause": f"{type(error).__name__}: {error}"}
        ended = await engine.wait(execution)
        types = [e.type for e in own_history(engine.history(execution))]
        whole = {"status": ended.status, "event_types": types}
        if ended.status == "SUCCEEDED":
            return {**whole, "output": ended.output}
        return {**whole, "error": ended.error, "cause": ended.cause}
    finally:
        await engine.close()


def main() -> None:
    """Answer until standard input ends."""
    reference = "reference" in sys.argv
    jsonata: Jsonata = ReferenceJsonata() if reference else FastJsonata()
    for line in sys.stdin.buffer:
        with tempfile.TemporaryDirectory() as folder:
            reply = asyncio.run(answer(orjson.loads(line), jsonata, Path(folder)))
        sys.stdout.buffer.write(to_json(from_json(to_json(reply))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
