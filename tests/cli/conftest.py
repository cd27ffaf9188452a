"""The command line with a home of its own."""

from pathlib import Path

import pytest
from tests.support.command_line import CommandLine


@pytest.fixture
def weft(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)
