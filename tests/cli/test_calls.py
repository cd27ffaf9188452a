"""Graphs that call other graph files, as the commands read them."""

import json
from pathlib import Path
from typing import Any

from tests.support.command_line import CommandLine
from tests.support.graphs import chain


def call(file: str, **inputs: Any) -> dict[str, Any]:
    return {"id": "run", "type": "run_workflow", "config": {"workflow": file, "inputs": inputs}}


def write(folder: Path, **graphs: Any) -> None:
    for name, graph in graphs.items():
        path = folder / f"{name.replace('_', '/')}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(graph))


def greeting() -> dict[str, Any]:
    config = {"template": "Hi {{trigger.data.name}}"}
    return chain({"id": "text", "type": "template", "config": config})


def test_a_graph_runs_the_file_next_to_it(weft: CommandLine, tmp_path: Path) -> None:
    write(tmp_path, outer=chain(call("./inner.json", name="Ada")), inner=greeting())
    done = weft("run", str(tmp_path / "outer.json"), "--json")
    assert (done.code, done.report["output"]) == (0, {"run": {"text": "Hi Ada"}})
    assert {s["node_id"] for s in done.report["steps"]} == {"start", "run.start", "run.text", "run"}


def test_files_are_found_from_where_they_are_named(weft: CommandLine, tmp_path: Path) -> None:
    write(tmp_path, outer=chain(call("sub/middle.json")), inner=greeting(),
          sub_middle=chain(call("../inner.json", name="Bo")))  # fmt: skip
    outer = str(tmp_path / "outer.json")
    done = weft("run", outer, "--json")
    assert done.report["output"] == {"run": {"run": {"text": "Hi Bo"}}}
    assert weft("check", outer).code == 0
    told = json.loads(weft("compile", outer, "--part", "manifest").out)
    assert told["calls"] == {
        "run": {"workflow": "sub/middle.json", "version": None},
        "run.run": {"workflow": "inner.json", "version": None},
    }
    steps = weft("explain", outer, "--json").report["steps"]
    assert "run.run.text" in {step["node"] for step in steps}


def test_a_file_that_is_not_there_or_leads_back_is_refused(
    weft: CommandLine, tmp_path: Path
) -> None:
    write(tmp_path, outer=chain(call("none.json")), own=chain(call("own.json")))
    gone = weft("run", str(tmp_path / "outer.json"))
    assert gone.code == 2 and "none.json" in gone.err
    round_ = weft("check", str(tmp_path / "own.json"))
    assert round_.code == 2 and "circle: own.json → own.json" in round_.err


def test_an_id_is_not_looked_for_on_the_command_line(weft: CommandLine, tmp_path: Path) -> None:
    write(tmp_path, outer=chain(call("some-id")))
    done = weft("check", str(tmp_path / "outer.json"), "--json")
    assert [item["code"] for item in done.report["diagnostics"]] == ["W2040"]
