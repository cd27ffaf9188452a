"""The documents are true: what they name exists, and what must be in them is."""

import re
from pathlib import Path

# A path in backticks, from the root of the checkout: with a slash, no blank, no placeholder.
NAMED = re.compile(r"`((?:\.?[\w-]+/)+[\w.-]*)`")
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/security.md")
# Names in tables that already say which folder they are in.
NOT_FROM_THE_ROOT = {"engine/resources/", "cli/commands/", "operations/", "ports/", "routes/"}
# What `make node name=net.foo` would write.
MADE_UP = {"functions/weft/nodes/net/foo.py", "tests/nodes/test_foo.py"}


def test_every_path_that_a_page_names_exists(root: Path) -> None:
    missing = [
        f"{page}: {name}"
        for page in PAGES
        for name in NAMED.findall((root / page).read_text(encoding="utf-8"))
        if name not in NOT_FROM_THE_ROOT | MADE_UP and not name.startswith((".venv/", "weft/"))
        if not (root / name).exists() and not list(root.glob(f"*/weft/{name}"))
    ]
    assert missing == []


def test_decisions_are_numbered_without_gaps_and_have_their_parts(root: Path) -> None:
    pages = sorted((root / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        parts = ("## Context", "## Decision", "## Consequences")
        assert all(part in text for part in parts), page.name


def test_every_make_target_that_a_page_names_exists(root: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"`make ([a-z-]+)", (root / page).read_text(encoding="utf-8"))
    }
    assert sorted(named - targets) == []


def test_every_make_target_says_what_it_does(root: Path) -> None:
    text = (root / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE)) - {"help"}
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert sorted(targets - explained) == []


def test_every_example_is_whole(root: Path) -> None:
    folders = [path for path in (root / "examples").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        names = {path.name for path in folder.iterdir()}
        assert {"graph.json", "input.json", "README.md"} <= names, folder.name
