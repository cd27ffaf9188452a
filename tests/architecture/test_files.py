"""What must not be in any file: secrets, index addresses, machine paths, notes to self."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def checker(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_files", root / ".ci" / "check_files.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_file_holds_what_it_must_not(
    tracked: list[Path], checker: ModuleType, root: Path
) -> None:
    found = [
        f"{path.relative_to(root)}: {problem}"
        for path in tracked
        for problem in checker.problems_of(path)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no newline", "does not end with a newline"),
        ("--index" + "-url somewhere\n", "names a package index"),
        ("see /wo" + "rk/thing\n", "names a path of one machine: /wo" + "rk/t…"),
        ("AKIA" + "QWERTZUIOPASDFGH\n", "seems to hold an AWS access key"),
        ("<<<<<<" + "< ours\n", "holds a merge conflict"),
    ],
)
def test_the_check_of_files_can_fail(
    checker: ModuleType, tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text)
    assert list(checker.problems_of(path)) == [problem]


def test_nobody_left_a_note_to_self(tracked: list[Path], root: Path) -> None:
    note = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in tracked
        if path.suffix in {".py", ".ts", ".tsx", ".md", ".toml", ".yaml"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if note.search(line)
    ]
    assert found == []


def test_locks_are_pinned_and_hashed(root: Path) -> None:
    for lock in sorted((root / "requirements").glob("*.lock")):
        lines = [
            line
            for line in lock.read_text().splitlines()
            if line and not line.startswith(("#", " ", "\t"))
        ]
        assert lines, f"{lock.name} is empty"
        loose = [line for line in lines if not re.match(r"^[A-Za-z0-9._-]+==\S+ .*\\$", line)]
        assert loose == [], f"{lock.name}: not pinned with hashes"
