"""A laboratory: an engine on a temporary folder, scripted handlers, time that skips."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.events import HistoryEvent
from weft.engine.execution import Execution
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.residents import Settings

Handler = Callable[[Any], Any]
JSONATA = FastJsonata()


class Lab:
    """One journal folder; the engine in it can be restarted at will."""

    def __init__(self, folder: Path, *, auto: bool = True) -> None:
        self.folder = folder
        self.clock = SkippingClock(auto=auto)
        self.handlers: dict[str, Handler] = {}
        self.calls: list[tuple[str, Any]] = []
        self.seen: list[tuple[str, HistoryEvent]] = []
        self.settings = Settings()
        self.engine = self.make()

    def make(self) -> Engine:
        """A new engine on the folder; not open yet."""
        return Engine(
            self.folder,
            invoke=self.invoke,
            jsonata=JSONATA,
            clock=self.clock,
            on_events=lambda run, events: self.seen.extend((run, e) for e in events),
            settings=self.settings,
        )

    async def invoke(self, function: str, payload: Any, deadline: float | None) -> Any:
        """Note the call, then answer with the handler of that name, or the payload."""
        self.calls.append((function, payload))
        handler = self.handlers.get(function)
        result = payload if handler is None else handler(payload)
        return await result if hasattr(result, "__await__") else result

    async def restart(self) -> None:
        """Close the engine and open another one on the same journal."""
        await self.engine.close()
        self.clock.stop()
        self.engine = self.make()
        await self.engine.open()

    async def run(self, states: dict[str, Any], input: Any = None, **machine: Any) -> Execution:
        """Run states (the first one starts) to the end."""
        return await self.engine.wait(self.start(states, input, **machine))

    def start(self, states: dict[str, Any], input: Any = None, **machine: Any) -> str:
        """Start states (the first one starts); gives the execution's id."""
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": next(iter(states)),
            "States": states,
            **machine,
        }
        count = len(self.engine.list_executions())
        name = self.engine.create_machine(f"machine-{count}", definition)
        return self.engine.start(name, "run", {} if input is None else input)

    def types(self, execution: Execution) -> list[str]:
        """The types of an execution's events."""
        return [e.type for e in self.engine.history(execution.id)]


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """An open engine whose time skips over waits."""
    made = Lab(tmp_path)
    await made.engine.open()
    yield made
    await made.engine.close()


@pytest.fixture
async def still_lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """An open engine whose time stands still until told."""
    made = Lab(tmp_path, auto=False)
    await made.engine.open()
    yield made
    await made.engine.close()
