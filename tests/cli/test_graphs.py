"""`check`, `compile` and `run` on graphs that are right, wrong, and no graphs at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import CommandLine

HELLO: dict[str, Any] = {
    "schema": "weft/1",
    "name": "hello",
    "nodes": [
        {"id": "start", "type": "manual_trigger"},
        {
            "id": "greet",
            "type": "template",
            "config": {"template": "Hi {{ trigger.data.name }}"},
        },
        {"id": "result", "type": "output"},
    ],
    "edges": [
        {"source": "start", "target": "greet"},
        {"source": "greet", "target": "result"},
    ],
}
BROKEN: dict[str, Any] = {
    **HELLO,
    "nodes": [*HELLO["nodes"], {"id": "odd", "type": "htpp_request"}],
    "edges": [*HELLO["edges"], {"source": "greet", "target": "nowhere"}],
}


def test_a_good_graph_has_no_problems(weft: CommandLine) -> None:
    done = weft("check", "-", given=json.dumps(HELLO))
    assert (done.code, done.out) == (0, "no problems\n")


def test_all_problems_are_shown_at_once_with_place_and_hint(weft: CommandLine) -> None:
    done = weft("check", "-", given=json.dumps(BROKEN))
    assert done.code == 2
    assert "odd" in done.out and "http_request" in done.out
    assert "nowhere" in done.out


def test_problems_as_json_are_one_document(weft: CommandLine) -> None:
    done = weft("check", "-", "--json", given=json.dumps(BROKEN))
    assert done.code == 2
    assert done.report["ok"] is False
    assert {item["code"] for item in done.report["diagnostics"]} >= {"W2001", "W3001"}


@pytest.mark.parametrize("given", ["", "not json", "[]", '{"schema": "weft/9"}', "[" * 5_000])
def test_what_is_no_graph_is_refused_in_words(weft: CommandLine, given: str) -> None:
    done = weft("check", "-", given=given)
    assert done.code == 2
    assert "W1" in done.out


def test_the_state_machine_is_printed_alone(weft: CommandLine) -> None:
    done = weft("compile", "-", given=json.dumps(HELLO))
    assert done.code == 0, done.err
    assert done.report["QueryLanguage"] == "JSONata"
    assert done.report["StartAt"] in done.report["States"]


def test_without_the_optimiser_every_node_has_a_state(weft: CommandLine) -> None:
    light = weft("compile", "-", given=json.dumps(HELLO)).report
    heavy = weft("compile", "-", "--no-optimise", given=json.dumps(HELLO)).report
    assert len(heavy["States"]) > len(light["States"])


def test_another_way_to_compile_can_be_asked_for(weft: CommandLine) -> None:
    layers = weft("compile", "-", "--lower", "naive-layers", given=json.dumps(HELLO)).report
    assert {state["Type"] for state in layers["States"].values()} >= {"Parallel"}


def test_steps_that_share_a_call_are_named_and_can_be_kept_apart(weft: CommandLine) -> None:
    logs = [{"id": id, "type": "log", "config": {"message": "hi"}} for id in ("one", "two")]
    graph = {
        **HELLO,
        "nodes": [HELLO["nodes"][0], *logs],
        "edges": [{"source": "start", "target": "one"}, {"source": "one", "target": "two"}],
    }
    told = weft("explain", "-", given=json.dumps(graph)).out
    assert "fused: one, two: saves 1.0 transitions and 1 Lambda calls" in told
    apart = weft("explain", "-", "--no-fuse", "--json", given=json.dumps(graph)).report
    assert apart["fused"] == []
    made = weft("compile", "-", "--no-fuse", "--part", "manifest", given=json.dumps(graph)).report
    assert made["fused"] == []


def test_what_is_finished_is_in_the_state_machine_as_a_constant(weft: CommandLine) -> None:
    told = json.dumps({"greet": {"output": "as it was"}})
    done = weft("compile", "-", "--finished", told, given=json.dumps(HELLO))
    assert done.code == 0, done.err
    assert "as it was" in done.out
    assert "trigger.data.name" not in done.out


def test_what_is_finished_must_be_in_the_graph(weft: CommandLine) -> None:
    told = json.dumps({"other": {"output": 1}})
    done = weft("compile", "-", "--finished", told, given=json.dumps(HELLO))
    assert done.code == 2
    assert "W4004" in done.err


def test_all_parts_go_into_a_file(weft: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "artefact.json"
    done = weft("compile", "-", "--part", "all", "-o", str(path), given=json.dumps(HELLO))
    assert (done.code, done.out) == (0, "")
    parts = {"definition", "children", "source-map", "manifest", "hash"}
    assert set(json.loads(path.read_text())) == parts


def test_a_run_prints_one_json_object_and_nothing_else(weft: CommandLine) -> None:
    done = weft("run", "-", "--input", '{"name": "Ada"}', "--json", given=json.dumps(HELLO))
    assert (done.code, done.err) == (0, "")
    assert done.report["status"] == "completed"
    assert done.report["output"] == {"result": "Hi Ada"}
    assert [step["node_id"] for step in done.report["steps"]] == ["start", "greet", "result"]
    assert all(step["status"] == "success" for step in done.report["steps"])


def test_a_run_for_people_keeps_stdout_for_the_output(weft: CommandLine) -> None:
    done = weft("run", "-", "--input", '{"name": "[bold]Ada[/bold]"}', given=json.dumps(HELLO))
    assert done.code == 0
    assert done.report == {"result": "Hi [bold]Ada[/bold]"}
    assert "completed" in done.err


def test_a_wrong_graph_is_not_run(weft: CommandLine) -> None:
    done = weft("run", "-", "--json", given=json.dumps(BROKEN))
    assert (done.code, done.out) == (2, "")
    assert "W3001" in done.err


def test_a_failed_run_exits_with_one_and_says_where(weft: CommandLine) -> None:
    failing = {
        **HELLO,
        "nodes": [
            HELLO["nodes"][0],
            # Refused by the guard of outgoing calls, at once and without a network.
            {"id": "greet", "type": "http_request", "config": {"url": "http://127.0.0.1:9/"}},
            HELLO["nodes"][2],
        ],
        "edges": [
            HELLO["edges"][0],
            {"source": "greet", "source_port": "response", "target": "result"},
        ],
    }
    done = weft("run", "-", "--json", given=json.dumps(failing))
    assert done.code == 1
    assert done.report["status"] == "failed"
    assert done.report["error"]["node_id"] == "greet"


def test_a_run_leaves_nothing_in_the_home(weft: CommandLine) -> None:
    weft("run", "-", "--json", given=json.dumps(HELLO))
    assert not (weft.folder / "data" / "weft.sqlite").exists()


def test_an_unknown_trigger_is_named(weft: CommandLine) -> None:
    done = weft("run", "-", "--trigger", "dawn", "--json", given=json.dumps(HELLO))
    assert done.code != 0
    assert "dawn" in done.err


def test_a_graph_is_simulated_on_request(weft: CommandLine) -> None:
    done = weft("check", "-", "--prove", "4", given=json.dumps(HELLO))
    assert (done.code, done.out) == (0, "no problems\n4 of 4 simulated runs agree\n")
    done = weft("check", "-", "--prove", "4", "--json", given=json.dumps(HELLO))
    assert done.report["proof"] == {"agreed": 4, "undecided": 0}


def test_a_graph_that_cannot_be_compiled_is_not_simulated(weft: CommandLine) -> None:
    done = weft("check", "-", "--prove", "4", "--json", given=json.dumps(BROKEN))
    assert (done.code, "proof" in done.report) == (2, False)
