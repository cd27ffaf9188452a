"""Generated files are what the code would generate now."""

import subprocess
import sys
from pathlib import Path


def test_generated_files_have_not_drifted(root: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, root / ".ci" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
