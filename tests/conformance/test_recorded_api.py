"""What AWS recorded of its TestState and validation calls, against our server's operations."""

from pathlib import Path

import pytest
from tests.conformance.recorded_api import load, service_in, wrong_states, wrong_verdicts

ROWS = Path(__file__).resolve().parents[3] / "shared" / "asl_conformance"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not ROWS.is_dir(), reason="the reference data is not beside the checkout"),
]


async def test_states_that_are_tested_alone_answer_as_they_did_on_aws(tmp_path: Path) -> None:
    rows = load(ROWS, "test_state")
    wrong = await wrong_states(rows, service_in(tmp_path))
    assert len(rows) == 81
    assert len(wrong) <= len(rows) * 0.05, "\n".join(wrong)


async def test_what_aws_accepts_is_accepted_and_what_it_refuses_refused(tmp_path: Path) -> None:
    rows = load(ROWS, "validation")
    refused, accepted = await wrong_verdicts(rows, service_in(tmp_path))
    assert refused == []
    assert len(accepted) <= 0.1 * sum(row["expected"]["result"] == "FAIL" for row in rows)
