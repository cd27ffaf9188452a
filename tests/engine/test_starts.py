"""Executions that begin at the same time share a transaction, and are begun whole or not at all."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.engine.conftest import JSONATA

from weft.domain.errors import Bug, StorageUnavailable
from weft.engine.engine import Engine
from weft.engine.errors import ExecutionExists, JournalLocked
from weft.engine.journal import Batch, Journal

PASS = {"QueryLanguage": "JSONata", "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


class Counted(Journal):
    """Counts transactions."""

    commits = 0

    def commit(self, batch: Batch) -> None:
        """As the journal does."""
        self.commits += 1
        super().commit(batch)


async def test_starts_at_the_same_time_share_a_transaction(tmp_path: Path) -> None:
    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        return payload

    journal = Counted(tmp_path)
    engine = Engine(journal, invoke=invoke, jsonata=JSONATA)
    await engine.open()
    engine.create_machine("m", PASS)
    before = journal.commits
    started = await asyncio.gather(*(engine.start_together("m", f"r{n}", n) for n in range(20)))
    assert journal.commits == before + 1
    assert [(await engine.wait(name)).output for name in started] == list(range(20))
    await engine.close()


async def test_a_start_of_the_same_name_joins_the_one_under_way(lab: Any) -> None:
    lab.engine.create_machine("m", PASS)
    same = await asyncio.gather(*(lab.engine.start_together("m", "r", 1) for _ in range(3)))
    assert same == ["m:r"] * 3
    assert lab.engine.list_executions() == ["m:r"]


async def test_another_input_under_a_name_that_begins_is_refused(lab: Any) -> None:
    lab.engine.create_machine("m", PASS)
    asked: Any = await asyncio.gather(
        lab.engine.start_together("m", "r", 1),
        lab.engine.start_together("m", "r", 2),
        return_exceptions=True,
    )
    assert asked[0] == "m:r"
    assert isinstance(asked[1], ExecutionExists)


async def test_what_the_journal_does_not_take_is_not_begun_and_may_be_asked_again(lab: Any) -> None:
    lab.engine.create_machine("m", PASS)
    other = sqlite3.connect(lab.folder / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    starts = [lab.engine.start_together("m", f"r{n}", n) for n in range(3)]
    refused = await asyncio.gather(*starts, return_exceptions=True)
    assert {type(error) for error in refused} == {JournalLocked}
    other.execute("ROLLBACK")
    other.close()
    assert lab.engine.list_executions() == []
    assert lab.engine.resident_runs() == 0
    again = await lab.engine.start_together("m", "r1", 1)
    assert (await lab.engine.wait(again)).status == "SUCCEEDED"


async def test_a_start_that_is_not_written_when_the_engine_closes_is_refused(lab: Any) -> None:
    lab.engine.create_machine("m", PASS)
    other = sqlite3.connect(lab.folder / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = asyncio.ensure_future(lab.engine.start_together("m", "r", 1))
    await asyncio.sleep(0)
    with pytest.raises(JournalLocked):
        await lab.engine.close()
    other.close()
    with pytest.raises(StorageUnavailable):
        await begun
    await lab.engine.open()
    assert lab.engine.list_executions() == []


async def test_a_start_goes_on_when_who_asked_for_it_is_gone(lab: Any) -> None:
    lab.engine.create_machine("m", PASS)
    asked = asyncio.ensure_future(lab.engine.start_together("m", "r", 1))
    await asyncio.sleep(0)
    asked.cancel()
    same = await lab.engine.start_together("m", "r", 1)
    assert (await lab.engine.wait(same)).status == "SUCCEEDED"
    assert asked.cancelled()


async def test_a_start_that_meets_a_bug_of_ours_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    class Broken:
        """Compiles anything to what divides by zero."""

        def compile(self, text: str) -> "Broken":
            return self

        def evaluate(self, document: Any, bindings: dict[str, Any]) -> Any:
            return 1 // 0

    async def invoke(function: str, payload: Any, deadline: float | None) -> Any:
        return payload

    noted: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: noted.append(context))
    engine = Engine(tmp_path, invoke=invoke, jsonata=Broken())
    await engine.open()
    state = {"Type": "Pass", "Output": "{% 1 + 1 %}", "End": True}
    engine.create_machine("m", {**PASS, "States": {"P": state}})
    with pytest.raises(Bug):
        await engine.start_together("m", "r", 1)
    assert [type(context["exception"]) for context in noted] == [ZeroDivisionError]
    assert engine.resident_runs() == 0
    assert engine.list_executions() == []
    await engine.close()
