"""docs/expressions.md tells of every function, as the table has it, and its examples parse."""

import re
from pathlib import Path

from weft.expressions.functions import ALIASES, FUNCTIONS
from weft.expressions.parse import parse_template

TEXT = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text("utf-8")


def test_the_table_of_functions_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)\(.*\)` \| (\w+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert rows == [(spec.name, spec.kind, spec.doc) for spec in FUNCTIONS.values()]
    for alias, name in ALIASES.items():
        assert f"`{alias}` ({name})" in TEXT


def test_the_examples_parse() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 5
    for line in lines:
        parse_template(line)
