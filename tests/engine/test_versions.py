"""Revisions, versions and aliases of machines."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Invalid
from weft.engine.aliases import Aliases
from weft.engine.errors import (
    AliasNotFound,
    DefinitionInvalid,
    InUse,
    MachineNotFound,
    VersionNotFound,
)


def says(word: str) -> dict[str, Any]:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "S",
        "States": {"S": {"Type": "Succeed", "Output": word}},
    }


WAITS = {
    "QueryLanguage": "JSONata",
    "StartAt": "W",
    "States": {
        "W": {"Type": "Wait", "Seconds": 60, "Next": "S"},
        "S": {"Type": "Succeed", "Output": "first"},
    },
}


async def test_a_running_execution_keeps_the_definition_it_began_with(still_lab: Any) -> None:
    engine = still_lab.engine
    machine = engine.create_machine("m", WAITS)
    execution = engine.start(machine, "old", {})
    record = engine.machines.update(machine, says("second"), {"role": "r"})
    assert (record.revision, record.about) == (2, {"role": "r"})
    await still_lab.restart()
    still_lab.clock.advance(100)
    engine = still_lab.engine
    assert (await engine.wait(execution)).output == "first"
    assert (await engine.wait(engine.start(machine, "new", {}))).output == "second"
    old = engine.describe(execution)
    assert engine.machines.record(machine, old.revision).definition == WAITS


async def test_an_update_that_changes_nothing_or_is_wrong_makes_no_revision(lab: Any) -> None:
    machines = lab.engine.machines
    lab.engine.create_machine("m", says("a"))
    assert machines.update("m", says("a")).revision == 1
    with pytest.raises(DefinitionInvalid):
        machines.update("m", {"StartAt": "none", "States": {}})
    assert machines.record("m").revision == 1


async def test_a_version_never_changes_and_is_published_once(lab: Any) -> None:
    engine = lab.engine
    engine.create_machine("m", says("one"))
    first = engine.versions.publish("m", "the first")
    assert engine.versions.publish("m") == first
    engine.machines.update("m", says("two"))
    with pytest.raises(InUse):
        engine.versions.publish("m", revision=1)
    assert engine.versions.publish("m", revision=2).number == 2
    ended = await engine.wait(engine.start("m", "r", {}, "1"))
    assert (ended.output, ended.version, ended.alias) == ("one", 1, None)
    engine.versions.delete("m", 2)
    engine.machines.update("m", says("three"))
    assert engine.versions.publish("m").number == 3
    assert [v.number for v in engine.versions.list("m")] == [3, 1]
    with pytest.raises(VersionNotFound):
        engine.start("m", "s", {}, "2")


async def test_an_alias_shares_executions_out_by_weight(lab: Any) -> None:
    engine = lab.engine
    engine.create_machine("m", says("one"))
    engine.versions.publish("m")
    engine.machines.update("m", says("two"))
    engine.versions.publish("m")
    draws = iter([0.0, 0.24, 0.25, 0.99])
    aliases = Aliases(lab.engine._journal, engine.versions, lab.clock, lambda: next(draws))
    aliases.create("m", "prod", [(1, 25), (2, 75)])
    assert [aliases.route("m", "prod")[0].number for _ in range(4)] == [1, 1, 2, 2]
    engine.aliases.update("m", "prod", [(2, 100)])
    ended = await engine.wait(engine.start("m", None, {}, "prod"))
    assert (ended.output, ended.version, ended.alias) == ("two", 2, "prod")
    with pytest.raises(InUse, match="prod"):
        engine.versions.delete("m", 2)
    engine.aliases.delete("m", "prod")
    with pytest.raises(AliasNotFound):
        engine.start("m", None, {}, "prod")


@pytest.mark.parametrize(
    "routes",
    [[], [(1, 99)], [(1, 50), (1, 50)], [(1, 200), (1, -100)], [(1, 50), (2, 25), (3, 25)]],
)
async def test_an_alias_needs_up_to_two_versions_and_all_the_weight(lab: Any, routes: Any) -> None:
    lab.engine.create_machine("m", says("one"))
    lab.engine.versions.publish("m")
    with pytest.raises(Invalid):
        lab.engine.aliases.create("m", "a", routes)


async def test_a_deleted_machine_stops_and_its_history_stays(still_lab: Any) -> None:
    engine = still_lab.engine
    execution = engine.start(engine.create_machine("m", WAITS), "r", {})
    engine.versions.publish("m")
    engine.delete_machine("m")
    assert engine.describe(execution).status == "ABORTED"
    with pytest.raises(MachineNotFound):
        engine.start("m", "s", {})
    engine.create_machine("m", says("new"))
    assert engine.versions.list("m") == []
    assert (await engine.wait(engine.start("m", "s", {}))).output == "new"
    assert engine.machines.record("m", engine.describe(execution).revision).definition == WAITS


async def test_a_journal_of_the_second_format_goes_on(lab: Any) -> None:
    execution = lab.start({"W": {"Type": "Wait", "Seconds": 5, "End": True}}, {"a": 1})
    await lab.engine.close()
    lab.clock.stop()
    _as_second_format(lab.folder / "journal.sqlite")
    lab.engine = lab.make()
    await lab.engine.open()
    ended = await lab.engine.wait(execution)
    assert (ended.status, ended.output, ended.revision) == ("SUCCEEDED", {"a": 1}, 1)


def _as_second_format(path: Path) -> None:
    db = sqlite3.connect(path)
    for table, columns in (
        ("machines", ("revision", "published", "created", "updated", "about")),
        ("executions", ("revision", "version", "alias", "redrives", "redriven")),
    ):
        for column in columns:
            db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in ("revisions", "versions", "aliases", "tags", "unfinished"):
        db.execute(f"DROP TABLE {table}")
    db.execute("PRAGMA user_version = 2")
    db.commit()
    db.close()
