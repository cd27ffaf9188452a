"""One server for the tests that need no restart of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.state_machine_server import StateMachineServer

HANDLERS = """
import asyncio

def echo(event, context):
    return event

async def later(event, context):
    await asyncio.sleep(0)
    return {"function": context.function_name, "left": context.get_remaining_time_in_millis() > 0}

class Custom(Exception):
    pass

def fails(event, context):
    raise Custom("as asked")

broken = True

def mend(event, context):
    global broken
    broken = False

def flaky(event, context):
    if broken:
        raise Custom("not yet")
    return "mended"

seen = set()

def once(event, context):
    if event not in seen:
        seen.add(event)
        raise Custom("the first time")
    return "second"

handlers = {f.__name__: f for f in (echo, later, fails, mend, flaky, once)}
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateMachineServer]:
    folder: Path = tmp_path_factory.mktemp("stepfunctions")
    (folder / "made_here.py").write_text(HANDLERS)
    with StateMachineServer(folder, "--handlers", "made_here:handlers") as running:
        yield running


@pytest.fixture(scope="session")
def sfn(server: StateMachineServer) -> Any:
    return server.client()
