"""A server of its own for the faults that other local engines are known for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.state_machine_server import StateMachineServer
from tests.support.step_functions_caller import Caller

HANDLERS = """
import json
import time

class Custom(Exception):
    pass

tokens = {}
calls = []

def echo(event, context):
    return event

def fails(event, context):
    raise Custom("as asked")

def flaky(event, context):
    calls.append(event["id"])
    if calls.count(event["id"]) <= event["times"]:
        raise Custom("not yet")
    return calls.count(event["id"])

def slow(event, context):
    time.sleep(10)

def note(event, context):
    tokens[event["id"]] = event["token"]

def told(event, context):
    return tokens.get(event)

def called(event, context):
    calls.append(event)
    return calls.count(event)

def times(event, context):
    return calls.count(event)

def sent(event, context):
    message = json.loads(event["MessageBody"])
    tokens[message["id"]] = message["token"]
    return {"MessageId": message["id"]}

handlers = {f.__name__: f for f in (echo, fails, flaky, slow, note, told, called, times)}
handlers["sqs:sendMessage"] = sent
"""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateMachineServer]:
    folder: Path = tmp_path_factory.mktemp("faults")
    (folder / "for_faults.py").write_text(HANDLERS)
    with StateMachineServer(folder, "--handlers", "for_faults:handlers") as running:
        yield running


@pytest.fixture(scope="session")
def sfn(server: StateMachineServer) -> Any:
    return server.client()


@pytest.fixture(scope="session")
def caller(sfn: Any) -> Caller:
    return Caller(sfn)
