"""The command line as a whole: what it lists, how it fails, what it returns."""

import subprocess
import sys
from pathlib import Path

import pytest

from weft.cli.exits import Exit, exit_code_of
from weft.cli.main import COMMANDS, LazyGroup, main, weft
from weft.domain.errors import CompileError, Invalid, NotFound, StorageUnavailable


def code_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("--help") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_there_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(name, "--help") == 0
    assert "Usage: weft " + name in capsys.readouterr().out


def test_the_registry_and_the_folder_agree() -> None:
    assert isinstance(weft, LazyGroup)
    folder = Path(sys.modules[LazyGroup.__module__].__file__ or "").parent / "commands"
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert there == set(COMMANDS)


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("nonsense") == Exit.USAGE
    assert "nonsense" in capsys.readouterr().err


def test_a_missing_file_is_named_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("check", "no-such-graph.json") == Exit.USAGE
    shown = capsys.readouterr().err
    assert "no-such-graph.json" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CompileError([]), Exit.USAGE),
        (Invalid("who is missing"), Exit.USAGE),
        (NotFound("no such run"), Exit.FAILED),
        (StorageUnavailable("the disk is full"), Exit.PLATFORM),
    ],
)
def test_the_exit_code_says_who_must_act(error: Exception, code: Exit) -> None:
    assert exit_code_of(error) is code  # type: ignore[arg-type]


def test_the_installed_script_answers() -> None:
    script = Path(sys.executable).with_name("weft")
    outcome = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert outcome.stdout.startswith("weft, version ")
