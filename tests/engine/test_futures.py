"""One branch hands a value to another through an item, whoever is first and whatever is killed."""

import copy
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from weft.asl import token_item
from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.errors import DefinitionInvalid, HandlerError
from weft.engine.journal import Batch, Journal
from weft.engine.jsonata_fast import FastJsonata

JSONATA = FastJsonata()
VALUE = {"n": "{% $made %}"}
ODD = 0.1 + 0.2  # more digits than JSONata writes


def states(tells_after: int, waits_after: int) -> dict[str, Any]:
    """A fork: one branch makes a value and tells it, the other waits for it."""
    telling: dict[str, Any] = {
        "Slow": {"Type": "Wait", "Seconds": tells_after, "Next": "Make"},
        "Make": {
            "Type": "Task",
            "Resource": "lambda:invoke",
            "Arguments": {"FunctionName": "make", "Payload": {}},
            "Assign": {"made": "{% $states.result.Payload %}"},
            "Next": "Tell",
        },
        "Tell": {
            "Type": "Task",
            "Resource": token_item.UPDATE,
            "Arguments": token_item.telling("1", VALUE),
            "Catch": [{"ErrorEquals": [token_item.REFUSED], "Next": "TellWhoWaits"}],
            "Output": "told first",
            "End": True,
        },
        "TellWhoWaits": {
            "Type": "Task",
            "Resource": token_item.UPDATE,
            "Arguments": token_item.telling("1", VALUE, despite=True),
            "Next": "Answer",
        },
        "Answer": {
            "Type": "Task",
            "Resource": token_item.ANSWER,
            "Arguments": token_item.answering(VALUE),
            "Output": "awaited first",
            "End": True,
        },
    }
    waiting: dict[str, Any] = {
        "Late": {"Type": "Wait", "Seconds": waits_after, "Next": "Await"},
        "Await": {
            "Type": "Task",
            "Resource": token_item.UPDATE_AND_WAIT,
            "Arguments": token_item.waiting("1"),
            "Catch": [{"ErrorEquals": [token_item.REFUSED], "Next": "Read"}],
            "Output": "{% $states.result.n %}",
            "End": True,
        },
        "Read": {
            "Type": "Task",
            "Resource": token_item.GET,
            "Arguments": token_item.reading("1"),
            "Output": "{% $parse($states.result.Item.sent_value.S).n %}",
            "End": True,
        },
    }
    branches = [{"StartAt": next(iter(part)), "States": part} for part in (telling, waiting)]
    return {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}


BOTH_WAYS = [(5, 1, "awaited first"), (1, 5, "told first"), (1, 1, None)]
INPUT = {"run": {"id": "r1"}}


@pytest.mark.parametrize(("tells_after", "waits_after", "first"), BOTH_WAYS)
async def test_the_value_arrives_whoever_is_first(
    lab: Any, tells_after: int, waits_after: int, first: str | None
) -> None:
    lab.handlers["make"] = lambda payload: ODD
    ended = await lab.run(states(tells_after, waits_after), INPUT)
    assert ended.status == "SUCCEEDED"
    told, received = ended.output
    assert received == ODD
    assert first is None or told == first


class Copied(Journal):
    """Keeps a copy of the file as it was behind each write: what a kill there leaves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.copies: list[Path] = []

    def commit(self, batch: Batch) -> None:
        super().commit(batch)
        folder = self.folder.parent / f"copy-{len(self.copies)}"
        folder.mkdir()
        target = sqlite3.connect(folder / "journal.sqlite")
        self.db.backup(target)
        target.close()
        self.copies.append(folder)


async def make(function: str, payload: Any, deadline: float | None) -> Any:
    """The only handler."""
    return ODD


@pytest.mark.parametrize(("tells_after", "waits_after", "first"), BOTH_WAYS)
async def test_a_run_that_is_killed_between_any_two_writes_ends_as_it_would_have(
    tmp_path: Path, tells_after: int, waits_after: int, first: str | None
) -> None:
    journal = Copied(tmp_path / "first")
    engine = Engine(journal, invoke=make, jsonata=JSONATA, clock=SkippingClock())
    await engine.open()
    definition = {
        "QueryLanguage": "JSONata", "StartAt": "Both", "States": states(tells_after, waits_after),
    }  # fmt: skip
    execution = engine.start(engine.create_machine("m", definition), "r1", INPUT)
    whole = await engine.wait(execution)
    assert journal.read("SELECT * FROM items") == []
    await engine.close()
    assert len(journal.copies) > 5
    kept = 0
    for folder in journal.copies:
        again = Engine(folder, invoke=make, jsonata=JSONATA, clock=SkippingClock())
        await again.open()
        with sqlite3.connect(folder / "journal.sqlite") as db:
            kept += db.execute("SELECT count(*) FROM items").fetchone()[0]
        ended = await again.wait(execution)
        assert (ended.status, ended.output[1]) == ("SUCCEEDED", whole.output[1])
        await again.close()
    assert kept > 0


async def test_a_branch_that_fails_ends_the_run_while_the_other_waits(lab: Any) -> None:
    def fail(payload: Any) -> Any:
        raise HandlerError("Broken", "no value")

    lab.handlers["make"] = fail
    ended = await lab.run(states(5, 1), INPUT)
    assert (ended.status, ended.error) == ("FAILED", "Broken")


async def test_what_was_told_before_a_run_failed_is_there_when_it_is_redriven(
    tmp_path: Path,
) -> None:
    tries: list[str] = []

    async def called(function: str, payload: Any, deadline: float | None) -> Any:
        tries.append(function)
        if function == "break" and tries.count("break") == 1:
            raise HandlerError("Broken", "once")
        return ODD

    made = states(1, 5)
    telling = made["Both"]["Branches"][0]["States"]
    telling["Tell"] |= {"Next": "Break"}
    del telling["Tell"]["End"]
    telling["Break"] = {
        "Type": "Task", "Resource": "lambda:invoke", "End": True,
        "Arguments": {"FunctionName": "break", "Payload": {}},
    }  # fmt: skip
    definition = {"QueryLanguage": "JSONata", "StartAt": "Both", "States": made}
    engine = Engine(tmp_path, invoke=called, jsonata=JSONATA, clock=SkippingClock())
    await engine.open()
    execution = engine.start(engine.create_machine("m", definition), "r1", INPUT)
    assert (await engine.wait(execution)).status == "FAILED"
    engine.redrive(execution)
    ended = await engine.wait(execution)
    assert (ended.status, ended.output[1]) == ("SUCCEEDED", ODD)
    assert tries == ["make", "break", "break"]
    await engine.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as db:
        assert db.execute("SELECT count(*) FROM items").fetchone() == (0,)


@pytest.mark.parametrize(
    ("state", "path", "value"),
    [
        ("Tell", ("UpdateExpression",), "SET sent_value = :sent_value"),
        ("Tell", ("TableName",), "another"),
        ("Tell", ("Key", "id", "S"), "a key that other runs have too"),
        ("Await", ("ConditionExpression",), "attribute_not_exists(wait_token)"),
        ("Await", ("ExpressionAttributeValues", ":wait_token", "S"), "no token"),
        ("Read", ("ConsistentRead",), False),
        ("Answer", ("TaskToken",), "{% $states.input.token %}"),
    ],
)
async def test_a_call_that_no_future_makes_is_refused_at_creation(
    lab: Any, state: str, path: tuple[str, ...], value: Any
) -> None:
    made = copy.deepcopy(states(1, 1))
    branches = made["Both"]["Branches"]
    held = next(b["States"][state] for b in branches if state in b["States"])["Arguments"]
    for name in path[:-1]:
        held = held[name]
    held[path[-1]] = value
    with pytest.raises(DefinitionInvalid, match=r"no future makes this call|an item of the run"):
        lab.start(made, INPUT)
