"""The baselines run, ours beats them, and the figures are counts of what happened."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from weft.bench.campaign import measure_all
from weft.bench.corpus import Sample, read_corpus
from weft.bench.figures import Figures, figures
from weft.bench.mapping import read_mapping
from weft.bench.runs import Measured, Trial
from weft.bench.ways import WAYS
from weft.cli.main import main
from weft.compiler.cost.prices import prices

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "graphs"
RUNS = 6


def _samples(path: Path = HERE / "graphs.jsonl") -> list[Sample]:
    return list(read_corpus(path, read_mapping(path.with_name("mapping.json"))))


def _measured(way: str, samples: Sequence[Sample], runs: int = RUNS) -> list[Measured]:
    classes = read_mapping(HERE / "mapping.json")["n8n"]
    return measure_all(samples, Trial(WAYS[way], classes.seconds(), runs=runs, draws=2))


@pytest.fixture(scope="module")
def found() -> dict[str, Figures]:
    return {way: figures(way, _measured(way, _samples()), prices()) for way in WAYS}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_accepts_every_graph_and_does_what_it_means(
    way: str, found: dict[str, Figures]
) -> None:
    assert found[way].refused == {}
    assert found[way].mismatched == ()
    assert found[way].runs == 7 * RUNS
    assert found[way].counted_runs > 2 * RUNS


def test_ours_takes_fewer_transitions_than_an_expert_and_far_fewer_than_layers(
    found: dict[str, Figures],
) -> None:
    taken = {way: one.transitions for way, one in found.items()}
    assert taken["durable"] < taken["handwritten"] < taken["sequence"] < taken["naive-layers"]
    assert found["cheapest"].billed_transitions < found["durable"].billed_transitions
    assert found["durable"].dollars * 2 < found["naive-layers"].dollars


def test_every_node_of_layers_is_a_function_and_an_expert_has_them_for_code_alone(
    found: dict[str, Figures],
) -> None:
    assert found["naive-layers"].lambda_calls > found["sequence"].lambda_calls
    assert found["sequence"].lambda_calls == found["sequence"].calls
    assert 0 < found["handwritten"].lambda_calls < found["handwritten"].calls


def test_all_ways_make_the_same_calls(found: dict[str, Figures]) -> None:
    assert len({round(one.calls, 9) for one in found.values()}) == 1
    assert len({one.live_nodes for one in found.values()}) == 1


def test_no_structure_is_faster_than_ideal_and_a_sequence_is_slower(
    found: dict[str, Figures],
) -> None:
    assert all(one.span_known > 1 - 1e-9 for one in found.values())
    assert found["sequence"].span_known > found["durable"].span_known


def test_the_same_seed_gives_the_same_figures(found: dict[str, Figures]) -> None:
    again = figures("durable", _measured("durable", _samples()), prices())
    assert replace(again, compile_seconds=0) == replace(found["durable"], compile_seconds=0)


def test_the_command_prints_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    graphs = str(HERE / "graphs.jsonl")
    with pytest.raises(SystemExit) as left:
        main(["bench", "compiler", "--graphs", graphs, "--limit", "2", "--lower", "durable",
              "--runs", "1", "--no-families", "--json"])  # fmt: skip
    assert left.value.code == 0
    (one,) = json.loads(capsys.readouterr().out)["graphs"]
    assert (one["way"], one["graphs"], one["accepted"], one["runs"]) == ("durable", 2, 2, 2)


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    graphs = str(HERE / "graphs.jsonl")
    with pytest.raises(SystemExit):
        main(["bench", "compiler", "--graphs", graphs, "--limit", "1", "--lower", "sequence",
              "--runs", "1", "--no-families"])  # fmt: skip
    printed = capsys.readouterr().out
    assert "sequence" in printed.splitlines()[0]
    assert "1 of 1" in printed


def test_fewer_transitions_are_billed_the_more_calls_may_be_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    graphs = str(HERE / "graphs.jsonl")
    with pytest.raises(SystemExit):
        main(["bench", "compiler", "--graphs", graphs, "--lower", "balanced", "--runs", "1",
              "--no-families", "--json"])  # fmt: skip
    none, every = json.loads(capsys.readouterr().out)["graphs"]
    assert (none["repeatable"], every["repeatable"]) == (0, 1)
    assert every["billed_transitions"] < none["billed_transitions"]
    assert every["calls"] == none["calls"]


def test_a_caption_says_what_was_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    graphs = str(HERE / "graphs.jsonl")
    with pytest.raises(SystemExit):
        main(["bench", "compiler", "--graphs", graphs, "--limit", "1", "--lower", "balanced",
              "--runs", "1", "--no-families", "--repeatable", "0.5"])  # fmt: skip
    printed = capsys.readouterr().out
    assert "balanced 50%" in printed.splitlines()[0]
    assert "were\ntaken to change nothing" in printed


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the reference data is not beside the checkout")
@pytest.mark.parametrize("way", ["naive-layers", "balanced"])
def test_graphs_of_other_products_are_accepted_and_do_what_they_mean(way: str) -> None:
    files = [SHARED / f"{name}_graphs.jsonl" for name in ("n8n", "dify", "flowise")]
    every = [sample for path in files for sample in _samples(path)]
    measured = _measured(way, every[::6], runs=3)
    assert [one.differences for one in measured if one.differences] == []
    refused = [(one.name, one.refused) for one in measured if not one.accepted]
    assert len(refused) <= len(measured) // 100 + 1, refused
