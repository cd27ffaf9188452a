"""What AWS recorded, and the official JSONata suite, against our engine."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.engine.jsonata import Jsonata
from weft.engine.jsonata_fast import FastJsonata
from weft.engine.jsonata_reference import ReferenceJsonata

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data is not beside the checkout"),
]


@pytest.mark.parametrize(
    ("language", "library", "least"),
    [("JSONata", "fast", 44), ("JSONata", "reference", 44), ("mixed", "fast", 10),
     ("JSONPath", "fast", 317)],
)  # fmt: skip
def test_recorded_cases_end_as_they_did_on_aws(language: str, library: str, least: int) -> None:
    runner = f"{sys.executable} {HERE / 'asl_runner.py'} {library}"
    score = SHARED / "asl_conformance" / "run.py"
    done = subprocess.run(
        [sys.executable, str(score), "--runner", runner, "--language", language, "--slow",
         "--strict-cause", "--min", str(least)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def suite_module() -> Any:
    """The script beside this file, as a module."""
    spec = importlib.util.spec_from_file_location("jsonata_suite", HERE / "jsonata_suite.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("port", "least"), [(FastJsonata(), 1_655), (ReferenceJsonata(), 1_600)], ids=["fast", "other"]
)
def test_the_jsonata_suite_passes_as_far_as_the_library_goes(port: Jsonata, least: int) -> None:
    passed, _, failed = suite_module().score(port, SHARED / "jsonata_suite")
    assert passed >= least, failed
