"""The installed `weft` command in a home of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.executable).with_name("weft")


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """Its stdout as one JSON document."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Runs `weft` with its data and configuration below `folder`, and nothing of ours besides."""

    folder: Path

    def __call__(self, *arguments: str, given: str = "", **settings: str) -> Finished:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "WEFT_HOME": str(self.folder / "data"),
            "WEFT_KEY_FILE": str(self.folder / "config" / "weft.key"),
            **settings,
        }
        done = subprocess.run(
            [SCRIPT, *arguments],
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)
