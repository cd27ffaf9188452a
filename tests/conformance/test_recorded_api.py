"""What AWS recorded of its TestState and validation calls, against our server's operations."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.asl_runner import CorpusFunctions
from tests.conformance.test_state_rows import load, wrong_rows

from weft.engine.clock import SkippingClock
from weft.engine.engine import Engine
from weft.engine.jsonata_fast import shared
from weft.stepfunctions.arns import Arns
from weft.stepfunctions.operations.machines import validate
from weft.stepfunctions.service import Service

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the reference data is not beside the checkout"),
]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path, invoke=CorpusFunctions(SkippingClock()), jsonata=shared())


async def test_states_that_are_tested_alone_answer_as_they_did_on_aws(engine: Engine) -> None:
    rows = load(SHARED)
    wrong = await wrong_rows(rows, engine, CorpusFunctions(SkippingClock()))
    assert len(rows) == 81
    assert len(wrong) <= len(rows) * 0.05, "\n".join(wrong)


async def test_what_aws_accepts_is_accepted_and_what_it_refuses_refused(engine: Engine) -> None:
    lines = (SHARED / "asl_conformance" / "validation.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    service = Service(engine, Arns(), CorpusFunctions(SkippingClock()))
    refused = [row for row in rows if row["expected"]["result"] == "FAIL"]
    verdicts = {row["id"]: (await _verdict(service, row)) for row in rows}
    assert [r["id"] for r in rows if r not in refused and verdicts[r["id"]] == "FAIL"] == []
    missed = [row["id"] for row in refused if verdicts[row["id"]] == "OK"]
    assert len(missed) <= len(refused) * 0.1, missed


async def _verdict(service: Service, row: dict[str, Any]) -> str:
    text = row.get("definition_text") or json.dumps(row["definition"])
    answer = await validate(service, {"definition": text, "type": row["type"]})
    return str(answer["result"])
