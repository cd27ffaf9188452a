"""Prints how much of the reference data our engine meets: `python -m tests.conformance.scores`.

Rows that AWS recorded, by query language, and the official JSONata suite, each with both JSONata
libraries. The data is not ours to ship: where it is not beside the checkout, this says so.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conformance import jsonata_suite
from tests.conformance.recorded_api import load, service_in, wrong_states, wrong_verdicts

from weft.engine.jsonata import Jsonata
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
PORTS: dict[str, tuple[str, type[Jsonata]]] = {
    "fast": ("jsonata2py", FastJsonata),
    "reference": ("jsonata-python", ReferenceJsonata),
}


def say(text: str) -> None:
    """One line, at once: subprocesses write to the same place."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def recorded_rows(folder: Path) -> bool:
    """The rows' own scorer; whether all rows but those in JSONPath pass."""
    good = True
    for library, (name, _) in PORTS.items():
        shown = scored(folder, library, "JSONata", "--strict-cause")
        say(f"Recorded rows in JSONata, expressions by {name}:\n{shown}")
        good &= "FAIL" not in shown
    shown = scored(folder, "fast", "mixed", "--strict-cause")
    say(f"Recorded rows in both languages:\n{shown}")
    good &= "FAIL" not in shown
    # What does not pass is in `docs/differences.md`.
    say(f"Recorded rows in JSONPath:\n{scored(folder, 'fast', 'JSONPath')}")
    asyncio.run(recorded_calls(folder))
    return good


async def recorded_calls(folder: Path) -> None:
    """TestState, and what is accepted or refused at creation."""
    with tempfile.TemporaryDirectory() as journal:
        service = service_in(Path(journal))
        states, verdicts = load(folder, "test_state"), load(folder, "validation")
        wrong = await wrong_states(states, service)
        say(f"TestState: {len(states) - len(wrong)} of {len(states)}")
        refused, accepted = await wrong_verdicts(verdicts, service)
        right = len(verdicts) - len(refused) - len(accepted)
        say(f"Definitions: {right} of {len(verdicts)}; wrongly refused {len(refused)}")


def scored(folder: Path, library: str, language: str, *options: str) -> str:
    """What the scorer prints."""
    runner = f"{sys.executable} {HERE / 'asl_runner.py'} {library}"
    command = [sys.executable, str(folder / "run.py"), "--runner", runner, "--slow"]
    return subprocess.run(
        [*command, "--language", language, *options], capture_output=True, text=True, check=True
    ).stdout


def suite(folder: Path) -> None:
    """The official suite over both libraries."""
    for name, port in PORTS.values():
        passed, total, _ = jsonata_suite.score(port(), folder)
        say(f"JSONata suite, {name}: {passed} of {total} ({100 * passed / total:.1f} %)")


def main() -> int:
    """1 if a recorded row in JSONata does not pass."""
    good = True
    for folder, show in (("asl_conformance", recorded_rows), ("jsonata_suite", suite)):
        if (SHARED / folder).is_dir():
            good &= show(SHARED / folder) is not False
        else:
            say(f"skipped {folder}: there is no ../shared/{folder} beside this checkout")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
