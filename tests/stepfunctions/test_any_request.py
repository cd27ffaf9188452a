"""No request makes the server stumble: whatever comes in, the answer is one of the protocol's."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.domain.errors import Conflict
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.json import to_json
from weft.engine.jsonata_fast import shared
from weft.stepfunctions.app import create_app
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.members import Member
from weft.stepfunctions.operations.registry import OPERATIONS
from weft.stepfunctions.service import Service

BASE = "arn:aws:states:us-east-1:000000000000"
STATE = {"Type": "Pass", "End": True}
PLAIN = {"StartAt": "P", "States": {"P": STATE}}
TEXTS = st.sampled_from(
    [
        f"{BASE}:stateMachine:m", f"{BASE}:stateMachine:m:1", f"{BASE}:stateMachine:m:prod",
        f"{BASE}:stateMachine:", f"{BASE}:execution:m:e", f"{BASE}:express:m:e:u", "arn:", "",
        "m", "prod", "weft-1-1-" + "0" * 32, "{}", "[]", "1", "{", "null", '"x"', "\ud800",
        "P", "W1szXQ==",
    ]
)  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2_000) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["key", "value", "result", "errorOutput", "error", "weight",
                         "stateMachineVersionArn", "mapIterationFailureCount"]),
        inner, max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


DEFINITIONS = st.sampled_from(
    [
        to_json(PLAIN).decode(), to_json(STATE).decode(), '{"States": {"P": 1}}', '{"States": []}',
        '{"Type": "Map", "ItemProcessor": 3, "End": true}', '{"Type": []}', "{", "null",
        '{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [1], "End": true}}}',
        '{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true, '
        '"Parameters": {"FunctionName": "f"}, "Retry": [{"ErrorEquals": ["E"]}]}',
        '{"Type": "Map", "End": true, "ItemsPath": "$.x", "ItemProcessor": {"StartAt": "I", '
        '"States": {"I": {"Type": "Pass", "End": true}}}}',
        '{"Type": "Wait", "Seconds": 3, "Next": "N"}', '{"Type": "Fail", "ErrorPath": "$.e"}',
    ]
)  # fmt: skip
MOCKS = st.sampled_from(
    [{"result": "[1]"}, {"result": "{}"}, {"errorOutput": {"error": "E"}}, {"errorOutput": {}}, {}]
)
ROUTES = st.sampled_from(
    [[{"stateMachineVersionArn": f"{BASE}:stateMachine:m:1", "weight": 100}], [{}], [], ["x"]]
)
JSON = st.sampled_from(["{}", '{"x": [1, 2]}', "[]", "1", "{", '"\\\\ud800"'])
# What a member is for says what may come; the rest goes by its type.
BY_NAME = {
    "stateMachineArn": st.sampled_from([f"{BASE}:stateMachine:m{q}" for q in ("", ":1", ":prod")]),
    "stateMachineVersionArn": st.just(f"{BASE}:stateMachine:m:1"),
    "stateMachineAliasArn": st.just(f"{BASE}:stateMachine:m:prod"),
    "executionArn": st.just(f"{BASE}:execution:m:e"),
    "resourceArn": st.just(f"{BASE}:stateMachine:m"),
    "definition": DEFINITIONS,
    "mock": MOCKS,
    "routingConfiguration": ROUTES,
    "stateName": st.sampled_from(["P", "Q"]),
    "input": JSON,
    "variables": JSON,
    "context": JSON,
    "stateConfiguration": st.sampled_from([{}, {"mapIterationFailureCount": 2}, {"x": 1}]),
    "name": st.sampled_from(["m", "n", "a b"]),
}


def _fitting(name: str, member: Member) -> st.SearchStrategy[Any]:
    if name in BY_NAME:
        return BY_NAME[name]
    if member.words:
        return st.sampled_from(member.words)
    if member.type is str:
        return TEXTS
    if member.type in (dict, list):
        return ANYTHING.filter(lambda value: isinstance(value, member.type))
    return st.booleans() if member.type is bool else st.integers(0, 100)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    operation = draw(st.sampled_from(sorted(OPERATIONS)))
    body = {}
    for name, member in OPERATIONS[operation].members.items():
        if member.required or draw(st.booleans()):
            strange = draw(st.integers(0, 11)) == 11
            body[name] = draw(ANYTHING if strange else _fitting(name, member))
    return operation, body


class Answers:
    """The application in this process, with one machine, one version and one alias."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self._loop = loop
        self._engine = Engine(folder, invoke=_echo, jsonata=shared(), clock=SkippingClock())
        loop.run_until_complete(self._open())
        self._app = create_app(Service(self._engine, Arns(), _echo), frozenset({"*"}))

    async def _open(self) -> None:
        await self._engine.open()
        self._set_up()

    def _set_up(self) -> None:
        if "m" in self._engine.machines.names():
            return
        about = {"text": "{}", "roleArn": "r"}
        self._engine.create_machine("m", PLAIN, about=about)
        self._engine.versions.publish("m")
        self._engine.aliases.create("m", "prod", [(1, 100)])
        with contextlib.suppress(Conflict):  # it is still there from the machine before
            self._engine.start("m", "e", {})

    def close(self) -> None:
        self._loop.run_until_complete(self._engine.close())

    def ask(self, operation: str, body: dict[str, Any]) -> httpx.Response:
        return self._loop.run_until_complete(self._ask(operation, body))

    async def _ask(self, operation: str, body: dict[str, Any]) -> httpx.Response:
        self._set_up()
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            headers = {"x-amz-target": f"AWSStepFunctions.{operation}"}
            return await http.post("/", content=to_json(body), headers=headers)


async def _echo(function: str, payload: Any, deadline: float | None) -> Any:
    return payload


@pytest.fixture(scope="module")
def answers() -> Iterator[Answers]:
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as folder:
        made = Answers(loop, Path(folder))
        yield made
        made.close()
    loop.close()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(request_=requests())
def test_every_answer_is_one_of_the_protocols(
    answers: Answers, request_: tuple[str, dict[str, Any]]
) -> None:
    reply = answers.ask(*request_)
    assert reply.status_code in (200, 400, 413), (request_, reply.text)
    assert reply.status_code == 200 or reply.json()["__type"]
