"""What a command line names becomes bytes and JSON, or a clear refusal."""

from pathlib import Path

import click
import pytest

from weft.cli.sources import read_graph, read_input


def test_a_folder_stands_for_the_graph_in_it(tmp_path: Path) -> None:
    (tmp_path / "graph.json").write_text("{}")
    assert read_graph(str(tmp_path)) == b"{}"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("[1, 2]", [1, 2]),
        ('"text"', "text"),
        ("-4.5", -4.5),
        ("null", None),
    ],
)
def test_json_is_taken_as_it_stands(given: str, value: object) -> None:
    assert read_input(given) == value


def test_anything_else_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text('{"amount": 7}')
    assert read_input(str(path)) == {"amount": 7}


@pytest.mark.parametrize(
    ("given", "part"), [("missing.json", "no file missing.json"), ('{"a"', "--input is not JSON")]
)
def test_bad_input_is_named(given: str, part: str) -> None:
    with pytest.raises(click.UsageError, match=part):
        read_input(given)
